// Asks every few seconds what the screen shows, and loads it anew only when that is something else:
// focus and what a screen reader is saying stay where they are.
(function () {
  var shown = document.body.getAttribute("data-state"), left = document.getElementById("left");
  setInterval(function () {
    fetch("/state").then(function (answer) { return answer.json(); }).then(function (now) {
      if (now.state !== shown) location.replace("/");
      else if (left) left.textContent = now.left;
    }).catch(function () { /* the kiosk itself is being restarted: ask again */ });
  }, 3000);
})();
