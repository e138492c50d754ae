// Rewrite the links of the page for teachers when the hub, the repository or the branch is changed.
// What a link is made of is decided in book/_ext/classroom.py; this puts other values into it.
const form = document.querySelector("form.classroom");
const links = document.querySelectorAll("ol.classroom-links a");

// An address with http(s) and without the slash at its end, or nothing.
const address = (text) => {
  try {
    const url = new URL(text.trim());
    return /^https?:$/.test(url.protocol) ? url.origin + url.pathname.replace(/\/+$/, "") : "";
  } catch {
    return "";
  }
};

const rewrite = () => {
  const hub = address(form.elements.hub.value);
  const repo = address(form.elements.repo.value);
  const branch = form.elements.branch.value.trim();
  const folder = repo.split("/").pop().replace(/\.git$/, "");
  const missing = !hub ? "hub" : !repo || !/\/.+\/.+/.test(new URL(repo).pathname) ? "repository" : !branch ? "branch" : "";
  form.querySelector("output").textContent = missing
    ? `The links are not changed yet: the ${missing} is missing or no address such as ${missing === "hub" ? "https://hub.example.org" : "https://example.org/owner/name"}.`
    : "";
  if (missing) return;
  for (const link of links) {
    const query = { repo, branch, urlpath: `lab/tree/${folder}/${link.dataset.notebook}` };
    const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    link.href = `${hub}/hub/user-redirect/git-pull?${pairs.join("&")}`;
  }
};

form.addEventListener("input", rewrite);
form.addEventListener("submit", (event) => event.preventDefault());
rewrite();
