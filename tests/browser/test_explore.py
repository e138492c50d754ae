"""The figures that readers can move show what nnlib computes, to every reader, in every mode."""

import json
import math

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import HTML

import nnlib as nn

FIGURES = {
    "explore-softmax": "05-softmax",
}
EACH = pytest.mark.parametrize("name", FIGURES)


def open_page(browser, name, width=1280, mode="light", **options):
    """Open the chapter of a figure from disk, and keep a list of all that went wrong on it."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=mode, **options
    )
    context.add_init_script(f"localStorage.mode = '{mode}'; localStorage.theme = '{mode}'")
    page = context.new_page()
    page.trouble = []
    page.on("console", lambda m: page.trouble.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.trouble.append(str(error)))
    page.on(
        "request",
        lambda r: (
            None if r.url.startswith(("file:", "data:", "blob:")) else page.trouble.append(r.url)
        ),
    )
    # Typesetting a chapter takes seconds, and no figure uses it.
    page.route("**/tex-chtml.js", lambda route: route.fulfill(body=""))
    page.goto((HTML / f"book/{FIGURES[name]}.html").as_uri())
    page.wait_for_function(f"figures['{name}'] !== undefined")
    return page


@pytest.fixture(scope="module")
def pages(browser):
    """One open page for each figure, for the tests that do not mind what others left behind."""
    opened = {name: open_page(browser, name) for name in FIGURES}
    yield opened
    for page in opened.values():
        page.context.close()


def numbers(page, selector):
    """Return the numbers that a part of the page shows."""
    shown = page.locator(selector).all_inner_texts()
    return [float(text.replace("−", "-").replace("∞", "inf")) for text in shown]


def move(page, name, value):
    """Put a slider, found by its accessible name, where the reader would put it."""
    page.get_by_role("slider", name=name, exact=True).evaluate(
        """(slider, value) => {
            slider.value = value;
            slider.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        value,
    )


# ------------------------------------------------------------------------------------- the formulas


def call(page, function, *arguments):
    """Call a function of maths.js. Infinite numbers survive as text."""
    result = page.evaluate(
        f"""(given) => JSON.stringify(maths.{function}(...JSON.parse(given)),
            (_, x) => typeof x === "number" && !Number.isFinite(x) ? String(x) : x)""",
        json.dumps(arguments),
    )
    return json.loads(result)


def as_floats(nested):
    return np.array(nested, dtype=object).astype(float)


RNG = np.random.default_rng(1)
SCORES = [
    *(scale * RNG.standard_normal(C) for C in (2, 3, 5) for scale in (0.1, 1, 10, 300)),
    np.array([1000.0, 0.0, -1000.0]),
    np.array([-800.0, -801.0, -2000.0]),
    np.zeros(4),
]


@pytest.mark.parametrize("z", SCORES, ids=str)
def test_softmax_and_its_jacobian(pages, z):
    page = pages["explore-softmax"]
    s = call(page, "softmax", z.tolist())
    np.testing.assert_allclose(s, nn.softmax(z), rtol=1e-12, atol=0)
    J = call(page, "softmaxJacobian", s)
    np.testing.assert_allclose(J, nn.softmax_jacobian(np.array(s)), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("scale", [0.1, 1, 10, 300, 1e5])
def test_softmax_cross_entropy(pages, scale):
    page = pages["explore-softmax"]
    Z = scale * RNG.standard_normal((6, 4))
    labels = RNG.integers(0, 4, size=6)
    for y in (labels, RNG.dirichlet(np.ones(4), size=6)):
        Y = nn.one_hot(y, 4) if y.ndim == 1 else y
        loss, dZ = call(page, "softmaxCrossEntropy", Z.tolist(), Y.tolist())
        true_loss, true_dZ = nn.softmax_cross_entropy(Z, y)
        np.testing.assert_allclose(loss, true_loss, rtol=1e-11)
        np.testing.assert_allclose(dZ, true_dZ, rtol=1e-9, atol=1e-16)
    assert call(page, "oneHot", 2, 4) == nn.one_hot([2], 4)[0].tolist()
    smooth = call(page, "smoothLabels", [0, 0, 1, 0], 0.3)
    np.testing.assert_allclose(smooth, nn.smooth_labels(nn.one_hot([2], 4), 0.3)[0], rtol=1e-15)


def test_entropies(pages):
    page = pages["explore-softmax"]
    certain, even = [0.0, 1.0, 0.0], [1 / 3, 1 / 3, 1 / 3]
    pairs = [RNG.dirichlet(np.full(4, a), size=2).tolist() for a in (0.05, 0.3, 1, 1, 20)]
    pairs += [[certain, even], [even, certain], [certain, certain], [[0.5, 0.5], [1e-320, 1.0]]]
    for p, q in pairs:
        for function, expected in [
            ("entropy", nn.entropy(p)),
            ("crossEntropy", nn.cross_entropy(p, q)),
            ("klDivergence", nn.kl_divergence(p, q)),
        ]:
            arguments = (p,) if function == "entropy" else (p, q)
            result = as_floats(call(page, function, *arguments))
            np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 2, 3), (3, 4, 2)])
def test_affine_and_its_vjp(pages, shape):
    page = pages["explore-softmax"]
    N, D, K = shape
    X, W, b, dZ = (RNG.standard_normal(s) for s in [(N, D), (D, K), K, (N, K)])
    Z = call(page, "affine", X.tolist(), W.tolist(), b.tolist())
    np.testing.assert_allclose(Z, nn.affine(X, W, b), rtol=1e-12, atol=1e-14)
    gradients = call(page, "affineVjp", dZ.tolist(), X.tolist(), W.tolist())
    for given, true in zip(gradients, nn.affine_vjp(dZ, X, W), strict=True):
        np.testing.assert_allclose(given, true, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("z", [-1000.0, -30.0, -1.5, -0.0, 0.0, 0.3, 2.0, 40.0, 1000.0])
def test_activations(pages, z):
    page, da = pages["explore-softmax"], RNG.standard_normal()
    assert math.isclose(call(page, "sigmoid", z), nn.sigmoid(z), rel_tol=1e-14)
    for name, f, vjp in [("tanh", nn.tanh, nn.tanh_vjp), ("relu", nn.relu, nn.relu_vjp)]:
        a = call(page, name, z)
        assert math.isclose(a, f(z), rel_tol=1e-14, abs_tol=0)
        assert math.isclose(call(page, f"{name}Vjp", da, a), vjp(da, f(z)), rel_tol=1e-12)


# -------------------------------------------------------------------------------------- each figure


def test_the_jacobian_that_is_shown(pages):
    page = pages["explore-softmax"]
    for _ in range(20):
        z, power = RNG.uniform(-5, 5, size=3).round(2), round(RNG.uniform(-1, 1), 2)
        for i in range(3):
            move(page, f"score z{i}", z[i])
        move(page, "temperature tau", power)
        tau = 10**power
        s = nn.softmax(z / tau)
        J = nn.numerical_jacobian(lambda z, tau=tau: nn.softmax(z / tau), z)
        assert np.abs(numbers(page, "#explore-softmax .share .value") - s).max() < 6e-4
        shown = np.reshape(numbers(page, "#explore-softmax td.entry"), (3, 3))
        assert np.abs(shown - J).max() < 6e-4
        assert numbers(page, "#explore-softmax td.sum") == [0.0] * 6


def test_a_common_score_moves_nothing(pages):
    page = pages["explore-softmax"]
    page.get_by_role("button", name="Start again").click()
    before = numbers(page, "#explore-softmax .jacobian td:not(:empty)")
    page.get_by_role("button", name="Add 1 to every score").click()
    assert page.evaluate("figures['explore-softmax'].z") == [3, 2, 1]
    assert numbers(page, "#explore-softmax .jacobian td:not(:empty)") == before


# ------------------------------------------------------------------------------------- every reader


@EACH
def test_the_keyboard_reaches_and_moves_every_control(browser, name):
    page = open_page(browser, name)
    controls = page.locator(f"#{name} .explore :is(input, button):not(:disabled)")
    # One stop for each slider and button, one for each group of radio buttons.
    stops = page.evaluate(
        """(name) => new Set([...document.querySelectorAll(
            `#${name} .explore :is(input, button):not(:disabled)`)]
            .map((c) => c.type === "radio" ? c.name : c)).size""",
        name,
    )
    controls.first.focus()
    for _ in range(stops):
        described = page.evaluate(
            """() => { const c = document.activeElement, style = getComputedStyle(c);
                return [c.type, c.closest(".explore") !== null, c.value,
                        style.outlineStyle, c.matches(":focus-visible")]; }"""
        )
        kind, inside, value, outline, visible = described
        assert inside
        assert visible
        assert outline == "solid"
        if kind == "range":
            for key in ("ArrowRight", "ArrowLeft", "ArrowLeft"):
                page.keyboard.press(key)
            assert page.evaluate("document.activeElement.value") != value
        elif kind == "radio":
            page.keyboard.press("ArrowDown")
            assert page.evaluate("document.activeElement.checked")
            assert page.evaluate("document.activeElement.value") != value
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.explore')") is None
    assert page.trouble == []
    page.context.close()


@EACH
def test_the_result_is_told_once_the_reader_pauses(browser, name):
    page = open_page(browser, name)
    status = page.locator(f"#{name} [role=status]")
    page.wait_for_function(f"document.querySelector('#{name} [role=status]').textContent !== ''")
    before = status.text_content()
    slider = page.locator(f"#{name} input[type=range]").first
    slider.focus()
    for _ in range(5):
        page.keyboard.press("PageUp")
        assert status.text_content() == before
    page.wait_for_function(
        """([name, before]) =>
            document.querySelector(`#${name} [role=status]`).textContent !== before""",
        arg=[name, before],
    )
    page.context.close()


@EACH
@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_axe_finds_nothing_and_nothing_sticks_out(browser, name, mode, width):
    page = open_page(browser, name, width, mode, reduced_motion="reduce")
    assert page.evaluate("document.documentElement.dataset.theme") == mode
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    outside = page.evaluate(
        """(name) => { const box = document.querySelector(`#${name} .explore`);
            const edge = box.getBoundingClientRect();
            return [...box.querySelectorAll("*")].filter((e) => {
                const r = e.getBoundingClientRect();
                return r.width && !e.closest(".heard") && !e.closest("svg *")
                    && (r.right > edge.right + 0.5 || r.left < edge.left - 0.5);
            }).map((e) => e.outerHTML.slice(0, 80)); }""",
        name,
    )
    assert outside == []
    # The rest of the chapter is looked at elsewhere, and axe would take half a minute over it.
    page.evaluate(
        """(name) => { const figure = document.getElementById(name);
            document.querySelector(".bd-article").replaceChildren(figure); }""",
        name,
    )
    found = Axe().run(page, f"#{name}", {"preload": False}).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []
    assert page.trouble == []
    page.context.close()


@EACH
def test_without_javascript_and_on_paper_the_still_is_shown(browser, name):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((HTML / f"book/{FIGURES[name]}.html").as_uri())
    assert page.locator(f"#{name} img").is_visible()
    assert len(page.locator(f"#{name} img").get_attribute("alt")) > 30
    context.close()
    page = open_page(browser, name)
    assert not page.locator(f"#{name} img").is_visible()
    page.emulate_media(media="print")
    assert page.locator(f"#{name} img").is_visible()
    assert not page.locator(f"#{name} .explore").is_visible()
    page.context.close()


def test_only_pages_with_a_figure_load_its_scripts():
    for path in HTML.glob("book/*.html"):
        text = path.read_text("utf-8")
        for name in FIGURES:
            script = f"_static/explore/{name.removeprefix('explore-')}.js"
            assert (script in text) == (path.stem == FIGURES[name]), path.name
