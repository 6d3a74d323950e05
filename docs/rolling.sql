-- The rolling windows of a kept day (the last 365, 90 and 30 days), counted again from the journal without the provider's code.
--   psql "$AUDIT_URL" -v day=2026-10-31 -f docs/rolling.sql
-- One row for each figure: what is kept, what the journal gives, and whether they agree; true counts, not to be published (decision
-- 0082). The day is counted by what its closing had seen of the journal, and by its rules. The steps are those of docs/figures.sql, over
-- days instead of months. Left out are UNI_STRICT (delivered lists are bitmaps) and UNI_REACH (of the accounts as they were that minute).
WITH RECURSIVE
closed AS (SELECT * FROM adoption_day WHERE day_on = :'day'::date),
span (window_name, since) AS (
    SELECT name, day_on - length + 1
    FROM closed, (VALUES ('rolling_365', 365), ('rolling_90', 90), ('rolling_30', 30)) AS of_length (name, length)
),
seen AS (
    SELECT j.id, j.at, j.event, j.outcome, j.reason, j.subject_number, j.organization_number, j.agency_id, j.tier, j.counted, j.data,
        (j.at AT TIME ZONE f.time_zone)::date AS day_on, f.day_on AS month_on, j.acr = ANY (f.strong_acrs) AS is_strong
    FROM journal_entry j, closed f
    WHERE pg_visible_in_snapshot(j.xact_id, f.snapshot::pg_snapshot) OR j.xact_id = f.xact_id
),

-- Places: what a code meant on a day, and what became of it -----------------------------------------------------------
called (code, valid_on, ended_on, later_code, later_on) AS (
    SELECT code, valid_on, ended_on, code, valid_on FROM place
    UNION ALL
    SELECT c.code, c.valid_on, c.ended_on, s.new_code, s.new_valid_on
    FROM called c JOIN place_succession s ON (s.old_code, s.old_valid_on) = (c.later_code, c.later_on)
),
place_in (dimension, code, valid_on, ended_on, now_code) AS (
    SELECT DISTINCT ON (code, valid_on) 'place', code, valid_on, ended_on, later_code FROM called ORDER BY code, valid_on, later_on DESC
),
place_of AS (SELECT * FROM place_in),

-- Facts, by the day on which they take effect --------------------------------------------------------------------------
fact AS (
    SELECT * FROM (
        SELECT *, CASE event
            WHEN 'representation.ended' THEN greatest(coalesce((data ->> 'ended_on')::date, day_on), (data ->> 'valid_on')::date)
            ELSE coalesce((data ->> 'valid_on')::date, day_on) END AS effect_on
        FROM seen
        WHERE counted AND outcome IS NULL AND event ~ '^(person|organization|representation)\.'
    ) AS dated
    WHERE effect_on <= month_on
),
person_status AS (
    SELECT DISTINCT ON (subject_number) subject_number,
        event = 'person.registered' OR data ->> 'status' IN ('active', 'suspended') AS is_live,
        CASE WHEN data ->> 'status' = 'merged' THEN (data ->> 'survivor')::bigint END AS survivor
    FROM fact WHERE event IN ('person.registered', 'person.status_changed')
    ORDER BY subject_number, effect_on DESC, at DESC, id DESC
),
person_proofing AS (
    SELECT DISTINCT ON (subject_number) subject_number, coalesce((data ->> 'proofing')::int, 0) AS proofing
    FROM fact WHERE event IN ('person.registered', 'person.proofed')
    ORDER BY subject_number, effect_on DESC, at DESC, id DESC
),
home AS (
    SELECT DISTINCT ON (subject_number) subject_number, data ->> 'place' AS code, effect_on
    FROM fact WHERE event IN ('person.registered', 'person.proofed', 'person.place_changed') AND data ? 'place'
    ORDER BY subject_number, effect_on DESC, at DESC, id DESC
),
person AS (
    SELECT s.subject_number AS number, coalesce(p.proofing, 0) AS proofing
    FROM person_status s LEFT JOIN person_proofing p USING (subject_number) WHERE s.is_live
),
stays (number, stays, steps) AS (  -- who was merged away counts as who stays
    SELECT subject_number, survivor, 1 FROM person_status WHERE survivor IS NOT NULL
    UNION ALL
    SELECT c.number, s.survivor, c.steps + 1
    FROM stays c JOIN person_status s ON s.subject_number = c.stays WHERE s.survivor IS NOT NULL AND c.steps < 100
),
survivor AS (SELECT DISTINCT ON (number) number, stays FROM stays ORDER BY number, steps DESC),
person_in (dimension, code, number) AS (
    SELECT 'country', '', number FROM person
    UNION ALL
    SELECT d.dimension, coalesce(o.now_code, ''), p.number
    FROM person p CROSS JOIN (SELECT DISTINCT dimension FROM place_of) d
    LEFT JOIN home h ON h.subject_number = p.number
    LEFT JOIN place_of o ON o.dimension = d.dimension AND o.code = h.code
        AND o.valid_on <= h.effect_on AND (o.ended_on IS NULL OR h.effect_on < o.ended_on)
),

-- Organizations ---------------------------------------------------------------------------------------------------------
org AS (
    SELECT DISTINCT ON (k.organization_number) k.organization_number AS number, k.data ->> 'kind' AS kind,
        k.data ->> 'place' AS code, k.effect_on
    FROM fact k WHERE k.event = 'organization.registered' ORDER BY k.organization_number, k.effect_on DESC, k.at DESC, k.id DESC
),
org_live AS (
    SELECT DISTINCT ON (organization_number) organization_number AS number, data ->> 'status' = 'active' AS is_live
    FROM fact WHERE event IN ('organization.registered', 'organization.status_changed')
    ORDER BY organization_number, effect_on DESC, at DESC, id DESC
),
period AS (
    SELECT DISTINCT ON (subject_number, organization_number, data ->> 'role', data ->> 'valid_on')
        subject_number, organization_number, data ->> 'role' = 'legal_representative' AS is_legal,
        event = 'representation.started' AS goes_on
    FROM fact WHERE event IN ('representation.started', 'representation.ended')
    ORDER BY subject_number, organization_number, data ->> 'role', data ->> 'valid_on', effect_on DESC, at DESC, id DESC
),
represented AS (  -- by whom: somebody with a live account, one proven face to face, a delegate
    SELECT organization_number AS number, bool_or(is_legal) AS has_account, bool_or(is_legal AND proofing >= 2) AS is_proven,
        bool_or(NOT is_legal) AS has_delegate
    FROM period JOIN person ON person.number = subject_number WHERE goes_on GROUP BY 1
),
org_in (dimension, code, kind, number, has_account, is_represented, has_delegate) AS (
    SELECT d.dimension, CASE WHEN d.dimension = 'country' THEN '' ELSE coalesce(o.now_code, '') END, org.kind, org.number,
        coalesce(r.has_account, false), coalesce(r.is_proven, false), coalesce(r.has_delegate, false)
    FROM org JOIN org_live USING (number) LEFT JOIN represented r USING (number)
    CROSS JOIN (SELECT 'country' AS dimension UNION SELECT dimension FROM place_of) d
    LEFT JOIN place_of o ON o.dimension = d.dimension AND o.code = org.code
        AND o.valid_on <= org.effect_on AND (o.ended_on IS NULL OR org.effect_on < o.ended_on)
    WHERE org_live.is_live AND org.kind <> 'branch'
),

-- Sign-ins ---------------------------------------------------------------------------------------------------------------
signin AS (
    SELECT s.*, is_strong IS TRUE AS strong, coalesce(v.stays, s.subject_number) AS number
    FROM seen s LEFT JOIN survivor v ON v.number = s.subject_number
    WHERE s.counted AND s.outcome = 'success' AND s.subject_number IS NOT NULL AND s.day_on <= s.month_on
),
did AS (
    SELECT window_name, number, bool_or(strong) AS did_strong,
        bool_or(strong AND tier = 'central') AND bool_or(strong AND tier <> 'central') AS did_both
    FROM signin JOIN span ON day_on >= since GROUP BY 1, 2
),
org_did AS (
    SELECT window_name, organization_number AS number, bool_or(strong) AS did_strong,
        bool_or(strong AND tier = 'central') AND bool_or(strong AND tier <> 'central') AS did_both
    FROM signin JOIN span ON day_on >= since WHERE organization_number IS NOT NULL GROUP BY 1, 2
),
above (id, top_id) AS (
    SELECT id, id FROM agency WHERE parent_id IS NULL
    UNION ALL
    SELECT a.id, t.top_id FROM agency a JOIN above t ON a.parent_id = t.id
),
ministry AS (SELECT t.id, t.top_id FROM above t JOIN agency a ON a.id = t.top_id WHERE a.tier = 'central'),
used AS (  -- who used which agency, at LoA2 or higher
    SELECT DISTINCT window_name, number, dimension, code
    FROM signin s JOIN span ON day_on >= since LEFT JOIN ministry m ON m.id = s.agency_id
    CROSS JOIN LATERAL (VALUES ('agency', s.agency_id::text), ('ministry', m.top_id::text)) AS of (dimension, code)
    WHERE s.strong AND code IS NOT NULL
),

-- What they are a share of: the newest count that holds, of a place the sum of all its parts -----------------------------
counts AS (
    SELECT DISTINCT ON (kind, place, counted_on) kind, place, counted_on, value
    FROM (
        SELECT data ->> 'kind' AS kind, coalesce(data ->> 'place', '') AS place, (data ->> 'counted_on')::date AS counted_on,
            (data ->> 'value')::bigint AS value, at, id, month_on
        FROM seen WHERE event = 'denominator.set' AND coalesce((data ->> 'in_force_on')::date, month_on) <= month_on
    ) AS told
    WHERE counted_on <= month_on ORDER BY kind, place, counted_on, at DESC, id DESC
),
sums AS (
    SELECT 'country' AS dimension, '' AS code, kind, counted_on, value FROM counts WHERE place = ''
    UNION ALL
    SELECT o.dimension, o.now_code, d.kind, d.counted_on, CASE WHEN bool_and(c.value IS NOT NULL) THEN sum(c.value) END
    FROM (SELECT DISTINCT kind, counted_on FROM counts WHERE place <> '') d
    JOIN place_of o ON o.valid_on <= d.counted_on AND (o.ended_on IS NULL OR d.counted_on < o.ended_on)
    LEFT JOIN counts c ON (c.kind, c.counted_on, c.place) = (d.kind, d.counted_on, o.code)
    GROUP BY 1, 2, 3, 4
),
everyone AS (
    SELECT DISTINCT ON (dimension, code, kind) * FROM sums WHERE value IS NOT NULL ORDER BY dimension, code, kind, counted_on DESC
),

counted (dimension, code, subject_kind, figure, window_name, value) AS (
    SELECT dimension, code, 'person', figure, 'at_day', count(*)
    FROM person_in JOIN person USING (number)
    CROSS JOIN LATERAL (VALUES ('REG', true), ('VER1', proofing >= 1)) AS it (figure, is_in)
    WHERE is_in GROUP BY 1, 2, 4
    UNION ALL
    SELECT dimension, code, 'person', figure, window_name, count(*)
    FROM person_in JOIN person USING (number) JOIN did USING (number)
    CROSS JOIN LATERAL (VALUES
        ('PART', true), ('ACT', proofing >= 1 AND did_strong), ('UNI_USED', proofing >= 1 AND did_both)
    ) AS it (figure, is_in)
    WHERE is_in GROUP BY 1, 2, 4, 5
    UNION ALL
    SELECT dimension, code, 'person', figure, window_name, count(*)
    FROM used JOIN person USING (number) JOIN did USING (window_name, number)
    CROSS JOIN LATERAL (VALUES ('ACT', true), ('UNI_USED', did_both)) AS it (figure, is_in)
    WHERE is_in AND proofing >= 1 GROUP BY 1, 2, 4, 5
    UNION ALL
    SELECT dimension, code, kind, figure, 'at_day', count(*)
    FROM org_in CROSS JOIN LATERAL (VALUES ('REG', true), ('VER', is_represented)) AS it (figure, is_in)
    WHERE is_in GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT dimension, code, kind, figure, window_name, count(*)
    FROM org_in JOIN org_did USING (number)
    CROSS JOIN LATERAL (VALUES
        ('PART', true), ('ACT', is_represented AND did_strong), ('UNI_USED', did_both)
    ) AS it (figure, is_in)
    WHERE is_in GROUP BY 1, 2, 3, 4, 5
    UNION ALL
    SELECT dimension, code, CASE kind WHEN 'enterprises' THEN 'enterprise' ELSE 'person' END,
        CASE kind WHEN 'residents_14' THEN 'POP_14' ELSE 'POP' END, 'at_day', value
    FROM everyone WHERE dimension IN ('country', 'place')
)
SELECT dimension, code, subject_kind, figure, window_name, p.value AS kept, c.value AS counted,
    p.value IS NOT DISTINCT FROM c.value AS agrees
FROM counted c
FULL JOIN (
    SELECT r.* FROM adoption_rolling r JOIN closed USING (day_on) WHERE figure NOT IN ('UNI_STRICT', 'UNI_REACH')
) p USING (dimension, code, subject_kind, figure, window_name)
ORDER BY agrees, dimension, code, subject_kind, figure, window_name;
