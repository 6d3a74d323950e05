/* The form #passkey: what it asks of the browser is in data-options, what that answers goes into its field.
   What leads to it has data-passkey. The page is whole without: where a browser has no passkeys nothing happens here. */
(function () {
  "use strict";
  var form = document.getElementById("passkey"), other = document.getElementById("no-passkey");
  if (!window.PublicKeyCredential || !window.AbortController || !navigator.credentials) { return; }
  document.querySelectorAll("[data-passkey]").forEach(function (one) { one.hidden = false; });
  if (!form) { return; }
  var asked = JSON.parse(form.getAttribute("data-options")), makes = form.hasAttribute("data-makes");
  var button = form.querySelector("button"), waiting = null;

  function bytes(text) {
    var raw = atob(text.replace(/-/g, "+").replace(/_/g, "/")), all = new Uint8Array(raw.length), i;
    for (i = 0; i < raw.length; i += 1) { all[i] = raw.charCodeAt(i); }
    return all;
  }
  function text(buffer) {
    var raw = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
  function say(what) {
    form.querySelectorAll("[data-when]").forEach(function (one) { one.hidden = one.getAttribute("data-when") !== what; });
  }
  function fault(error, after) {
    if (makes && /screen lock/.test(error.message)) { return "no-lock"; }
    if (error.name === "InvalidStateError") { return "there"; }
    return error.name === "NotAllowedError" && after < 500 ? "in-app" : "unused";
  }
  function send(made) {
    var response = {}, name;
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (part) {
      if (made.response[part]) { response[part] = text(made.response[part]); }
    });
    if (made.response.getTransports) { response.transports = made.response.getTransports(); }
    name = text(made.rawId);
    form.elements.answer.value = JSON.stringify({ id: name, rawId: name, type: made.type, response: response });
    form.submit();
  }
  function ask(how) {
    var stop = new AbortController(), request = Object.assign({ publicKey: asked, signal: stop.signal }, how);
    waiting = stop;
    return makes ? navigator.credentials.create(request) : navigator.credentials.get(request);
  }

  asked.challenge = bytes(asked.challenge);
  ["allowCredentials", "excludeCredentials"].forEach(function (list) {
    (asked[list] || []).forEach(function (one) { one.id = bytes(one.id); });
  });
  if (makes) { asked.user.id = bytes(asked.user.id); }
  form.addEventListener("submit", function (event) {
    var began = Date.now();
    event.preventDefault();
    if (waiting) { waiting.abort(); }
    say("");
    button.disabled = true;
    ask({}).then(send, function (error) {
      button.disabled = false;
      say(fault(error, Date.now() - began));
    });
  });
  var tells = form.getAttribute("data-tells"), device = window.PublicKeyCredential;
  if (tells && device.isUserVerifyingPlatformAuthenticatorAvailable) {
    device.isUserVerifyingPlatformAuthenticatorAvailable().then(function (can) { if (can) { document.cookie = tells; } });
  }
  form.hidden = false;
  if (other && other.tagName === "DETAILS") { other.open = false; } else if (other) { other.hidden = true; }
  if (form.hasAttribute("data-autofill") && PublicKeyCredential.isConditionalMediationAvailable) {
    PublicKeyCredential.isConditionalMediationAvailable().then(function (can) {
      if (can && !waiting) { ask({ mediation: "conditional" }).then(send, function () {}); }
    });
  }
})();
