"""`/adoption/data/catalog.jsonld` and `dictionary.json`: what there is, and what it means.

For programs: the catalogue as DCAT-AP 3 (a series, a dataset for each version of each month, a
distribution for each file), the newest first, a page at a time (Hydra, as harvesters of the
European portal follow); the dictionary as CSV on the Web (W3C) in both languages.
"""

import json
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.kept import kept_answer
from idp.adoption.open_data import OPEN, address_of
from idp.adoption.report.make import MEDIA_TYPES
from idp.figures.days import month_start
from idp.figures.frozen import FrozenMonth
from idp.figures.open_rows import unsaid_beside
from idp.figures.open_tables import TABLES
from idp.figures.slices import list_freezes
from idp.kit.languages import LANGUAGES
from idp.kit.tables.written import KINDS, media_type_of
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.messages import N_
from idp.web.paging import Leaf, cut
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import Pages

router = Router()

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
CATALOGUE, DICTIONARY = "/adoption/data/catalog.jsonld", "/adoption/data/dictionary.json"
_TITLE = N_("Adoption of one unified sign-in, by frozen months")
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "adms": "http://www.w3.org/ns/adms#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_MONTHLY = "http://publications.europa.eu/resource/authority/frequency/MONTHLY"
_COUNTRY = "http://publications.europa.eu/resource/authority/country/VNM"
_FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type"
_MEDIA = "http://www.iana.org/assignments/media-types"
_ON_A_PAGE = 4
"""Versions, at 14 kB."""


@router.get(CATALOGUE)
def catalogue(request: Request, query: Query) -> Response:
    """Every version of every month with its files; `page` is the page of the catalogue."""
    base, pages = Site.of(request).issuer.url, Pages.of(request)
    with transaction(request) as db:
        freezes = list_freezes(db)[::-1]
        leaf = cut(freezes, query, most=_ON_A_PAGE)
        withheld = {month.number for month in leaf.lines if unsaid_beside(db, month)}
    told = {
        "@context": _CONTEXT,
        "@graph": [
            _publisher(base, pages),
            {
                "@id": f"{base}{CATALOGUE}",
                "@type": "dcat:Catalog",
                "dct:title": _said(pages, _TITLE),
                "dct:description": _said(pages, _TITLE),
                "dct:publisher": {"@id": base},
                "dct:license": {"@id": LICENCE},
                "dcat:dataset": [
                    {"@id": f"{base}/adoption/data#series"},
                    *({"@id": _id(base, month)} for month in leaf.lines),
                ],
                "hydra:totalItems": len(freezes),
                "hydra:view": _view(f"{base}{CATALOGUE}", leaf, len(freezes)),
            },
            _series(base, pages),
            *(
                _dataset(base, pages, month, has_report=month.number not in withheld)
                for month in leaf.lines
            ),
        ],
    }
    body = json.dumps(told, ensure_ascii=False).encode()
    return kept_answer(request, body, "application/ld+json", **OPEN)


@router.get(DICTIONARY)
def dictionary(request: Request) -> Response:
    """The columns of every table, in both languages."""
    pages = Pages.of(request)
    told = {
        "@context": "http://www.w3.org/ns/csvw",
        "dc:title": _said(pages, _TITLE),
        "dc:license": {"@id": LICENCE},
        "tables": [
            {
                "url": f"{Site.of(request).issuer.url}/adoption/data/latest/{table.name}.csv",
                "dc:title": _said(pages, table.title),
                "tableSchema": {
                    "columns": [
                        {"name": name, "titles": name, "dc:description": _said(pages, meaning)}
                        for name, meaning in table.columns.items()
                    ]
                },
            }
            for table in TABLES.values()
        ],
    }
    body = json.dumps(told, ensure_ascii=False).encode()
    return kept_answer(request, body, "application/csvm+json", **OPEN)


def _publisher(base: str, pages: Pages) -> dict[str, Any]:
    names = [
        {"@language": code, "@value": pages.environments[code].globals["operator_name"]}
        for code in LANGUAGES
    ]
    return {"@id": base, "@type": "foaf:Agent", "foaf:name": names}


def _series(base: str, pages: Pages) -> dict[str, Any]:
    return {
        "@id": f"{base}/adoption/data#series",
        "@type": "dcat:DatasetSeries",
        "dct:title": _said(pages, _TITLE),
        "dct:description": _said(pages, _TITLE),
        "dct:publisher": {"@id": base},
        "dct:accrualPeriodicity": {"@id": _MONTHLY},
        "dcat:landingPage": {"@id": f"{base}/adoption/data"},
    }


def _view(catalogue_id: str, leaf: Leaf[FrozenMonth], total: int) -> dict[str, Any]:
    """Which part of the catalogue this is, and where its others are."""
    last = max(-(-total // _ON_A_PAGE), 1)
    pages = {"first": 1, "previous": leaf.earlier, "next": leaf.later, "last": last}
    beside = {f"hydra:{name}": {"@id": _page(catalogue_id, n)} for name, n in pages.items() if n}
    return {
        "@id": _page(catalogue_id, leaf.number),
        "@type": "hydra:PartialCollectionView",
        **beside,
    }


def _page(catalogue_id: str, number: int) -> str:
    return f"{catalogue_id}?page={number}"


def _dataset(base: str, pages: Pages, month: FrozenMonth, *, has_report: bool) -> dict[str, Any]:
    first = month_start(month.month_on, months_before=11)
    why = {"adms:versionNotes": month.reason} if month.reason else {}
    return {
        "@id": _id(base, month),
        "@type": "dcat:Dataset",
        "dct:title": [
            {**each, "@value": f"{each['@value']}: {month.name}, v{month.version}"}
            for each in _said(pages, _TITLE)
        ],
        "dct:description": _said(pages, _TITLE),
        "dct:identifier": f"{month.name}/v{month.version}",
        "dct:publisher": {"@id": base},
        "dct:issued": {"@type": "xsd:dateTime", "@value": month.frozen_at.isoformat()},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@type": "xsd:date", "@value": str(first)},
            "dcat:endDate": {"@type": "xsd:date", "@value": str(month.month_on)},
        },
        "dct:spatial": {"@id": _COUNTRY},
        "dcat:version": str(month.version),
        "dcat:inSeries": {"@id": f"{base}/adoption/data#series"},
        "dcat:distribution": [*_distributions(base, month, has_report=has_report)],
        **why,
    }


def _distributions(base: str, month: FrozenMonth, *, has_report: bool) -> Iterator[dict[str, Any]]:
    for table in TABLES:
        for kind in KINDS:
            address = f"{base}{address_of(month, f'{table}.{kind}')}"
            yield _distribution(address, kind, media_type_of(kind).partition(";")[0])
    for kind, media_type in MEDIA_TYPES.items() if has_report else ():
        address = f"{base}/adoption/report/{month.name}.{kind}?version={month.version}"
        yield _distribution(address, kind, media_type)


def _distribution(address: str, kind: str, media_type: str) -> dict[str, Any]:
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dcat:accessURL": {"@id": address},
        "dcat:downloadURL": {"@id": address},
        "dct:format": {"@id": f"{_FILE_TYPE}/{kind.upper()}"},
        "dcat:mediaType": {"@id": f"{_MEDIA}/{media_type}"},
        "dct:license": {"@id": LICENCE},
    }


def _id(base: str, month: FrozenMonth) -> str:
    return f"{base}/adoption/data/{month.name}/v{month.version}"


def _said(pages: Pages, sentence: str) -> list[dict[str, str]]:
    return [
        {"@language": code, "@value": pages.catalogue(code).gettext(sentence)} for code in LANGUAGES
    ]
