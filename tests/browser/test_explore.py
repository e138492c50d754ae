"""The figures that readers can move show what nnlib computes, to every reader, in every mode."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import PATIENCE
from sklearn.datasets import load_iris, make_moons

import nnlib as nn

HTML = Path(__file__).resolve().parents[2] / "_build/html"
FIGURES = {
    "explore-neuron": "01-neuron",
    "explore-entropy": "04-entropy",
    "explore-softmax": "05-softmax",
    "explore-fused": "06-fused",
    "explore-hidden": "08-hidden",
}
IRIS = load_iris()
# A figure is drawn anew when the browser tells it its size, which is in the next frame.
DRAWN = """async () => {
    for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
}"""
EACH = pytest.mark.parametrize("name", FIGURES)


def open_page(browser, name, width=1280, mode="light", **options):
    """Open the chapter of a figure from disk, and keep a list of all that went wrong on it."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=mode, **options
    )
    context.set_default_timeout(PATIENCE)
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
    page.goto((HTML / f"book/{FIGURES[name]}.html").as_uri())
    page.locator(f"#{name}").scroll_into_view_if_needed()  # it is made when it comes near
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


@EACH
def test_the_first_key_makes_a_figure_that_is_far_away(browser, name):
    page = browser.new_page(viewport={"width": 390, "height": 300})
    page.goto((HTML / f"book/{FIGURES[name]}.html").as_uri())
    assert page.evaluate(f"figures['{name}'] === undefined")
    page.keyboard.press("Tab")
    page.wait_for_function(f"figures['{name}'] !== undefined")
    assert page.evaluate("scrollY") < 300
    page.close()


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


def test_the_neuron_that_is_shown(pages):
    page = pages["explore-neuron"]
    for _ in range(20):
        w, b = RNG.uniform(-4, 4, size=2).round(2), round(RNG.uniform(-12, 12), 2)
        x = (RNG.uniform(0, 1, size=2) * [6, 2.6]).round(2)
        for i in range(2):
            move(page, f"weight w{i + 1}", w[i])
            move(page, f"input x{i + 1}", x[i])
        move(page, "bias b", b)
        z = nn.affine([x], w[:, None], [b])[0, 0]
        shown_z, shown_a = numbers(page, "#explore-neuron .result b")
        assert abs(shown_z - z) < 0.006
        assert abs(shown_a - nn.sigmoid(z)) < 6e-4
        a = nn.step(nn.affine(IRIS.data[:100, 2:], w[:, None], [b]))[:, 0]
        right = int((a == IRIS.target[:100]).sum())
        assert f"Right on {right} of 100" in page.locator("#explore-neuron .result").inner_text()


def test_the_flowers_are_andersons(pages):
    flowers = pages["explore-neuron"].evaluate("figures['explore-neuron'].flowers")
    for label in (0, 1):
        assert sorted(flowers[label]) == sorted(IRIS.data[IRIS.target == label, 2:].tolist())


def centre(page, selector):
    """Bring a part of the page near, and say where its middle comes to rest."""
    page.locator(selector).scroll_into_view_if_needed()
    page.evaluate(DRAWN)  # the paragraphs around it get their heights only now, and move it
    page.locator(selector).scroll_into_view_if_needed()
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, selector, right, down):
    x, y = centre(page, selector)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right, y + down, steps=4)
    page.mouse.up()


def test_the_line_follows_the_hand(browser):
    page = open_page(browser, "explore-neuron")
    neuron = "figures['explore-neuron']"
    foot, tip = (f"#explore-neuron [data-handle={h}]" for h in ("foot", "tip"))
    unit = page.evaluate(
        "document.querySelector('#explore-neuron .frame').getBoundingClientRect().width / 6"
    )

    drag(page, foot, unit, 0)  # one cm to the right: the line goes along, w does not change
    np.testing.assert_allclose(page.evaluate(f"{neuron}.w"), [0.6, 0.8])
    assert math.isclose(page.evaluate(f"{neuron}.b"), -2.6, abs_tol=0.02)

    drag(page, tip, unit / 4, -unit / 4)  # half a unit more of both weights, through the same foot
    np.testing.assert_allclose(page.evaluate(f"{neuron}.w"), [1.1, 1.3], atol=0.02)
    assert math.isclose(page.evaluate(f"{neuron}.score([3, 1])"), 0, abs_tol=0.03)
    value = page.get_by_role("slider", name="weight w1", exact=True).input_value()
    assert abs(float(value) - 1.1) < 0.03

    drag(page, "#explore-neuron [data-handle=probe]", 3 * unit, 20 * unit)  # out of the picture
    assert page.evaluate(f"{neuron}.x") == [6, 0]
    page.context.close()


def swipe(page, start, right, down):
    """Move a finger over the page: a mouse cannot show that the page would scroll away under it."""
    fingers = page.context.new_cdp_session(page)
    x, y = start
    points = [(x + right * k / 8, y + down * k / 8) for k in range(9)]
    kinds = ["touchStart"] + 8 * ["touchMove"]
    for kind, (x, y) in zip(kinds, points, strict=True):
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_the_line_follows_a_finger_and_the_page_stays(browser):
    page = open_page(browser, "explore-neuron", 390, has_touch=True, is_mobile=True)
    neuron = "figures['explore-neuron']"
    start = centre(page, "#explore-neuron [data-handle=foot]")
    scrolled, width = page.evaluate(
        "[scrollY, document.querySelector('#explore-neuron .frame').getBoundingClientRect().width]"
    )
    swipe(page, start, width / 6, 0)
    page.wait_for_function(f"Math.abs({neuron}.b + 2.6) < 0.05")
    swipe(page, centre(page, "#explore-neuron [data-handle=foot]"), 0, width / 6)
    page.wait_for_function(f"Math.abs({neuron}.b + 1.8) < 0.05")
    np.testing.assert_allclose(page.evaluate(f"{neuron}.w"), [0.6, 0.8])
    assert page.evaluate("scrollY") == scrolled
    assert page.trouble == []
    page.context.close()


@EACH
def test_a_finger_moves_a_slider_along_it_and_the_page_across_it(browser, name):
    page = open_page(browser, name, 390, has_touch=True, is_mobile=True)
    slider = f"#{name} input[type=range] >> nth=0"
    middle = centre(page, slider)[1]
    box = page.locator(slider).bounding_box()
    share = page.locator(slider).evaluate("e => (e.value - e.min) / (e.max - e.min)")
    scrolled, before = page.evaluate("scrollY"), page.locator(slider).input_value()
    thumb = box["x"] + 9 + share * (box["width"] - 18)
    swipe(page, (thumb, middle), 60 if share < 0.5 else -60, 0)
    moved = f"document.querySelector('#{name} input[type=range]').value !== '{before}'"
    page.wait_for_function(moved)
    assert page.evaluate("scrollY") == scrolled
    after = page.locator(slider).input_value()
    swipe(page, (box["x"] + box["width"] * 0.9, middle), 0, -100)
    page.wait_for_function(f"scrollY > {scrolled} + 50")
    assert page.locator(slider).input_value() == after
    page.context.close()


def test_twice_the_weights_is_the_same_line(pages):
    page = pages["explore-neuron"]
    page.get_by_role("button", name="Start again").click()
    line = page.locator("#explore-neuron .boundary").evaluate("line => line.outerHTML")
    page.get_by_role("button", name="Twice w and b").click()
    state = page.evaluate("({ w: figures['explore-neuron'].w, b: figures['explore-neuron'].b })")
    assert state == {"w": [1.2, 1.6], "b": -4}
    ends = page.locator("#explore-neuron .boundary").evaluate("line => line.outerHTML")
    as_numbers = [[float(x) for x in re.findall(r'"(-?[\d.]+)"', end)] for end in (line, ends)]
    np.testing.assert_allclose(*as_numbers, rtol=1e-9)


def test_the_entropies_that_are_shown(pages):
    page = pages["explore-entropy"]
    names = ["H(p, q)", "H(p)", "D(p‖q)", "H(q, p)", "H(q)", "D(q‖p)"]
    for n in range(25):
        for side in "pq":
            outcome, value = RNG.choice(list("abcd")), round(RNG.uniform(0, 1), 2)
            move(page, f"{side} of {outcome}", 0 if n % 5 == 0 else 1 if n % 7 == 0 else value)
        p, q = (np.array(page.evaluate(f"figures['explore-entropy'].{side}")) for side in "pq")
        assert abs(p.sum() - 1) < 1e-12
        assert abs(q.sum() - 1) < 1e-12
        unit, base = ("nats", None) if n % 2 else ("bits", 2)
        page.get_by_role("radio", name=unit).check()
        shown = [numbers(page, f'#explore-entropy [data-name="{name}"]')[0] for name in names]
        true = [
            f(*args, base=base)
            for one, other in ((p, q), (q, p))
            for f, args in [
                (nn.cross_entropy, (one, other)),
                (nn.entropy, (one,)),
                (nn.kl_divergence, (one, other)),
            ]
        ]
        np.testing.assert_allclose(shown, true, atol=6e-4)
        prices = numbers(page, "#explore-entropy .slider .price")
        costs = nn.self_information(np.concatenate([p, q]), base=base)
        np.testing.assert_allclose(prices, costs, atol=6e-3)


def test_pulling_one_outcome_keeps_the_ratios_of_the_others(pages):
    page = pages["explore-entropy"]
    page.get_by_role("button", name="Start again").click()
    move(page, "p of a", 0.2)
    p = np.array(page.evaluate("figures['explore-entropy'].p"))
    np.testing.assert_allclose(p, [0.2, 0.4, 0.2, 0.2], rtol=1e-12)
    move(page, "p of a", 1)
    move(page, "p of a", 0.4)  # nothing is left whose ratios could be kept
    p = np.array(page.evaluate("figures['explore-entropy'].p"))
    np.testing.assert_allclose(p, [0.4, 0.2, 0.2, 0.2], rtol=1e-12)
    page.get_by_role("button", name="Believe the truth").click()
    assert numbers(page, '#explore-entropy [data-name="D(p‖q)"]') == [0.0]


def test_the_push_that_is_shown_and_the_step(pages):
    page = pages["explore-fused"]
    state = "figures['explore-fused']"
    for _ in range(20):
        z, label = RNG.uniform(-5, 5, size=3).round(2), int(RNG.integers(3))
        a, eta = round(RNG.uniform(0, 1), 2), round(RNG.uniform(0.1, 5), 1)
        for j in range(3):
            move(page, f"score z{j}", z[j])
        page.get_by_role("radio", name=str(label), exact=True).check()
        move(page, "target shared with all classes, a", a)
        move(page, "learning rate eta", eta)

        y = nn.smooth_labels(nn.one_hot([label], 3), a)
        loss, dz = nn.softmax_cross_entropy(z[None], y)
        shown = np.reshape(numbers(page, "#explore-fused .numbers td"), (3, 3))
        np.testing.assert_allclose(shown, [nn.softmax(z), y[0], dz[0]], atol=6e-5)
        pushes = numbers(page, "#explore-fused .push .value")
        np.testing.assert_allclose(pushes, -eta * dz[0], atol=6e-3)
        assert abs(numbers(page, "#explore-fused .result b")[0] - loss) < 6e-5

        page.get_by_role("button", name="Step", exact=True).click()
        np.testing.assert_allclose(page.evaluate(f"{state}.z"), z - eta * dz[0], rtol=1e-12)


def test_the_arrow_ends_where_the_step_puts_the_score(pages):
    page = pages["explore-fused"]
    page.get_by_role("button", name="Start again").click()
    read = "getComputedStyle(document.querySelectorAll('#explore-fused {}')[1]).{}"
    head = page.evaluate(read.format(".arrow", "getPropertyValue('--to')"))
    page.get_by_role("button", name="Step", exact=True).click()
    thumb = page.evaluate(read.format(".slider input", "getPropertyValue('--to')"))
    assert math.isclose(float(head), float(thumb), rel_tol=1e-9)
    page.get_by_role("button", name="10 steps").click()
    assert "After 11 steps" in page.locator("#explore-fused .result").inner_text()


# The network, trained by nnlib from the same start.

MOONS = (HTML.parents[1] / "book/_static/explore/moons.js").read_text("utf-8")
MOONS = json.loads(MOONS[MOONS.index("{") : MOONS.rindex("}") + 1])


def test_the_moons_and_the_starts_are_the_chapters():
    X, y = make_moons(200, noise=0.20, random_state=np.random.RandomState(0))
    assert MOONS["X"] == X.round(3).tolist()
    assert MOONS["y"] == y.tolist()
    for seed, networks in MOONS["starts"].items():
        for K, starts in networks.items():
            rng = np.random.default_rng(int(seed))
            for start, shape in zip(starts, [(2, int(K)), (int(K), 2)], strict=True):
                assert start == nn.Linear(*shape, rng=rng).params["W"].round(3).tolist()


@pytest.mark.parametrize("kind", ["tanh", "ReLU"])
@pytest.mark.parametrize(
    ("K", "seed", "power"), [(1, 0, -1), (2, 3, -0.4), (3, 3, -0.4), (5, 0, 0.1)]
)
def test_the_network_learns_what_nnlib_learns(pages, kind, K, seed, power):
    page, figure = pages["explore-hidden"], "figures['explore-hidden']"
    for name in (str(K), kind, f"seed {seed}"):
        page.get_by_role("radio", name=name, exact=True).check()
    move(page, "learning rate eta", power)
    page.get_by_role("button", name="Start again").click()
    page.get_by_role("button", name="1 step").click()
    page.get_by_role("button", name="100 steps").click()
    page.evaluate(f"{figure}.advance(199), {figure}.draw()")
    assert page.evaluate(f"{figure}.steps") == 300

    X, y, rng = np.array(MOONS["X"]), np.array(MOONS["y"]), np.random.default_rng(0)
    layer = {"tanh": nn.Tanh, "ReLU": nn.ReLU}[kind]()
    net = nn.Sequential(nn.Linear(2, K, rng=rng), layer, nn.Linear(K, 2, rng=rng))
    net.params[...] = 0
    starts = MOONS["starts"][str(seed)][str(K)]
    for linear, W in zip((net.layers[0], net.layers[2]), starts, strict=True):
        linear.params["W"][...] = W
    nn.fit(net, nn.SGD(lr=10**power), X, y, epochs=300, batch_size=200, rng=rng)

    params = page.evaluate(f"{figure}.params")
    for names, linear in (("W1 b1", net.layers[0]), ("W2 b2", net.layers[2])):
        for name, own in zip(names.split(), ("W", "b"), strict=True):
            np.testing.assert_allclose(params[name], linear.params[own], rtol=0, atol=1e-9)
    loss, accuracy = nn.evaluate(net, X, y)
    assert math.isclose(page.evaluate(f"{figure}.loss()"), loss, rel_tol=1e-9)
    assert page.locator("#explore-hidden .result").inner_text() == (
        f"After 300 steps: loss {loss:.4f}, {round(200 * accuracy)} of 200 points right."
    )


def test_play_runs_and_pause_holds(browser):
    page, figure = open_page(browser, "explore-hidden"), "figures['explore-hidden']"
    status = page.locator("#explore-hidden [role=status]")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"{figure}.steps > 50")
    page.get_by_role("button", name="Pause").click()
    steps = page.evaluate(f"{figure}.steps")
    page.wait_for_function("document.querySelector('#explore-hidden [role=status]').textContent")
    page.wait_for_function(
        f"document.querySelector('#explore-hidden [role=status]').textContent.includes('{steps} ')"
    )
    assert page.evaluate(f"{figure}.steps") == steps
    assert status.count() == 1
    page.get_by_role("button", name="Start again").click()
    assert page.evaluate(f"{figure}.steps") == 0
    page.context.close()


def test_the_shade_is_the_probability_and_follows_the_mode(browser):
    page = open_page(browser, "explore-hidden", reduced_motion="reduce")
    page.evaluate("figures['explore-hidden'].advance(1000), figures['explore-hidden'].draw()")
    alpha = """document.querySelector('#explore-hidden canvas').getContext('2d')
        .getImageData(0, 0, 93, 63).data"""
    shades = np.array(page.evaluate(f"Array.from({alpha})")).reshape(63, 93, 4)
    params = {k: np.array(v) for k, v in page.evaluate("figures['explore-hidden'].params").items()}
    across, up = np.meshgrid(np.linspace(-1.8, 2.8, 93), np.linspace(1.8, -1.3, 63))
    grid = np.column_stack([across.ravel(), up.ravel()])
    A = nn.tanh(nn.affine(grid, params["W1"], params["b1"]))
    s = nn.softmax(nn.affine(A, params["W2"], params["b2"]))[:, 1].reshape(63, 93)
    assert np.abs(shades[..., 3] - 127.5 * s).max() < 1.5
    colour = shades[shades[..., 3] > 100][0, :3]
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.evaluate(DRAWN)
    dark = np.array(page.evaluate(f"Array.from({alpha})")).reshape(63, 93, 4)
    assert np.abs(dark[shades[..., 3] > 100][0, :3] - colour).max() > 50
    page.context.close()


# ------------------------------------------------------------------------------------- every reader


@pytest.mark.thorough
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
            moved = set()
            for key in ("ArrowRight", "ArrowLeft"):  # one of them, if it stands at its end
                page.keyboard.press(key)
                moved.add(page.evaluate("document.activeElement.value"))
            assert moved - {value}
        elif kind == "radio":
            page.keyboard.press("ArrowDown")
            assert page.evaluate("document.activeElement.checked")
            assert page.evaluate("document.activeElement.value") != value
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.explore')") is None
    assert page.trouble == []
    page.context.close()


@EACH
def test_the_result_is_told_once_the_reader_pauses(pages, name):
    page = pages[name]
    page.locator(f"#{name} button").get_by_text("Start again").click()
    told = f"document.querySelector('#{name} [role=status]').textContent"
    shown = f"document.querySelector('#{name} .result').textContent"
    page.wait_for_function(f"{told} === {shown}")
    before = page.evaluate(told)
    # In one go, so that no timer can run in between. The network's slider changes no result.
    control = "button" if name == "explore-hidden" else "input[type=range]"
    results = page.evaluate(
        """([name, control]) => [1, 2, 3, 4, 5].map((n) => {
            const box = document.querySelector(`#${name} .explore`);
            if (control === "button") [...box.querySelectorAll("button")][1].click();
            else {
                const slider = box.querySelector(control);
                slider.value -= slider.step;
                slider.dispatchEvent(new Event("input", { bubbles: true }));
            }
            return ["[role=status]", ".result"].map((part) => box.querySelector(part).textContent);
        })""",
        [name, control],
    )
    assert {told for told, _ in results} == {before}
    assert len({shown for _, shown in results} | {before}) == 6
    page.wait_for_function(f"{told} === {shown}")


@pytest.mark.thorough
@EACH
def test_axe_finds_nothing_and_nothing_sticks_out(browser, name):
    page = open_page(browser, name, reduced_motion="reduce")
    # The rest of the chapter is looked at elsewhere, and axe would take half a minute over it.
    page.evaluate(
        """(name) => { const figure = document.getElementById(name);
            document.querySelector(".bd-article").replaceChildren(figure); }""",
        name,
    )
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(f"innerWidth === {width}")
        page.evaluate(DRAWN)
        outside = page.evaluate(
            """(name) => { const box = document.querySelector(`#${name} .explore`);
                const edge = box.getBoundingClientRect();
                return [box, ...box.querySelectorAll("*")].filter((e) => {
                    const r = e.getBoundingClientRect();
                    return r.width && !e.closest(".heard") && !e.closest("svg *")
                        && (r.right > Math.min(edge.right, innerWidth) + 0.5
                            || r.left < Math.max(edge.left, 0) - 0.5);
                }).map((e) => e.outerHTML.slice(0, 80)); }""",
            name,
        )
        assert outside == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        for mode in ("light", "dark"):
            page.evaluate("(mode) => { document.documentElement.dataset.theme = mode; }", mode)
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
