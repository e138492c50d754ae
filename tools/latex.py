r"""Read the LaTeX of a displayed formula and say whether it is true for given letters.

The letters come in a dictionary: numbers, arrays and functions by the names the book uses for them,
``{"z": Z, "sigma": nn.sigmoid}``. A name is what LaTeX calls the letter, with its hat and its word
at the foot behind it: ``y_hat`` for ``\hat y``, ``n_in`` for ``n_\mathrm{in}``, ``dz`` for
``\mathrm{d}z``, ``h*`` for ``h^*``. A letter that follows from others is given as
``Given(lambda z: np.exp(z))``; so ``\frac{\partial s_i}{\partial z_j}`` can be taken by nudging
``z_j``, unless ``ds/dz`` says what it is. A formula must be true for every value of its free
indices. How far an index ``i`` runs is read off the array it stands at, or is given as ``#i``. A
decimal on the page is a rounded number, and the other side must round to it.

Only what the book writes is read. Anything else is an `Unread` error, not a guess.
"""

import inspect
import itertools
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Letters = Mapping[str, Any]
Value = Callable[[dict[str, Any]], Any]  # what a piece of LaTeX is, once the letters are known

NUMBER = r"\d+(?:\{,\}\d{3})*(?:\.\d+)?"
WORD = r"\\(?:text|mathrm|operatorname|mathcal|mathbb|mathbf)\s*(?:\{(?:[^{}]|\{[^{}]*\})*\}|\w)"
TOKEN = re.compile(rf"\\(?:begin|end)\{{\w+\}}|{WORD}|\\[A-Za-z]+|\\.|{NUMBER}|\S", re.DOTALL)
SILENT = {*(rf"\{x}" for x in ",;:! "), r"\left", r"\right", r"\textstyle", r"\displaystyle"}
SILENT |= {rf"\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r")}
RELATIONS = {"=", r"\approx", r"\le", r"\ge", "<", ">", r"\ne", r"\sim", r"\leftarrow"}
APART = {r"\quad", r"\qquad", r"\longrightarrow"}
APART |= {r"\Longleftrightarrow", r"\Longrightarrow", r"\Rightarrow"}
CONDITION = re.compile(r"\\text\{\s*(?:with|for|where)\b")  # what follows is not claimed
MARKS = {r"\hat", r"\tilde", r"\bar"}
OPEN, CLOSE = {*"{([", r"\lfloor", r"\lceil"}, {*"})]", r"\rfloor", r"\rceil"}
ROUND = {r"\lfloor": (r"\rfloor", np.floor), r"\lceil": (r"\rceil", np.ceil)}
NORM = {"|": "|", r"\lvert": r"\rvert", r"\lVert": r"\rVert"}
ENDS = {*CLOSE, *RELATIONS, *"+-/,;&]", r"\\", r"\parallel", r"\rvert", r"\rVert"}

COMPARE: dict[str, Callable[..., Any]] = {
    **{"=": operator.eq, r"\ne": operator.ne, "<": operator.lt, ">": operator.gt},
    **{r"\le": operator.le, r"\ge": operator.ge},
}

BASICS: dict[str, Any] = {
    **{name: getattr(np, name) for name in ("exp", "log", "sqrt", "cos", "sin")},
    **{"max": max, "min": min, "diag": lambda v: np.diag(np.ravel(v)), "log_2": np.log2},
    **{"e": math.e, "pi": math.pi},
}


class Unread(ValueError):
    """This LaTeX holds something that the reader does not know, or a letter nobody gave."""


@dataclass(frozen=True)
class Given:
    """A letter that is computed from other letters, those that name the parameters of `rule`."""

    rule: Callable[..., Any]


@dataclass(frozen=True)
class Claim:
    """Two sides of a formula and what is said to hold between them."""

    left: list[str]
    relation: str
    right: list[str]

    def __str__(self) -> str:
        return " ".join([*self.left, self.relation, *self.right])


def check(tex: str, letters: Letters, first: int = 1, close: float = 1e-11) -> int:
    """Raise an AssertionError that names the place if a formula is false; else count its claims.

    Parameters
    ----------
    tex : str
        The LaTeX of a display.
    letters : mapping
        What the letters stand for.
    first : int
        What the book calls the first index of an array here: 1 unless classes count from 0.
    close : float
        How far two sides may be apart, relative to the larger of 1 and their size.

    Returns
    -------
    int
        How many claims were checked.

    Raises
    ------
    Unread
        If something cannot be read, or there is no claim in it.
    """
    found = claims(tex)
    if not found:
        raise Unread(f"expected a claim such as a = b, got {tex}")
    for claim in found:
        left, right = (_Reader(side, letters, first) for side in (claim.left, claim.right))
        values = left.side(), right.side()
        seats = left.seats | right.seats
        env = {**BASICS, **letters}
        for indices in _every_index(seats, env, first):
            with np.errstate(all="ignore"):  # a root of a negative number is NaN, which is not true
                a, b = (value({**env, **indices}) for value in values)
            if not _holds(a, claim, b, close):
                at = "".join(f", {name} = {index}" for name, index in sorted(indices.items()))
                raise AssertionError(f"not true{at}: {claim}\n left: {a}\nright: {b}")
    return len(found)


def evaluate(tex: str, letters: Letters, first: int = 1) -> Any:
    """Return the value of one expression, such as a side of a formula."""
    return _Reader(tokens(tex), letters, first).side()({**BASICS, **letters})


def tokens(tex: str) -> list[str]:
    """Return the LaTeX word by word, without comments on the lines and without spaces."""
    return [t for t in TOKEN.findall(tex) if t not in SILENT]


def claims(tex: str) -> list[Claim]:
    """Return every ``a = b`` in a display; of ``a = b = c`` two, and across lines as one reads."""
    words = _without_stop(tokens(tex))
    if words[:1] == [r"\begin{aligned}"] and words[-1] == r"\end{aligned}":
        words = words[1:-1]
    found: list[Claim] = []
    last: list[str] = []  # what a line that begins with = goes on from
    for line in _split(words, {r"\\"}):
        for piece in _columns(line):
            sides = _split(piece, RELATIONS)
            signs = [t for t in _top_level(piece) if t in RELATIONS]
            if not signs and piece and piece[0] in {"+", "-"} and found:  # a side goes on
                found[-1].right.extend(piece)
                continue
            sides[0] = sides[0] or last
            if signs and [] in sides:
                raise Unread(f"expected two sides, got {' '.join(piece)}")
            for left, sign, right in zip(sides, signs, sides[1:], strict=False):
                if sign == r"\leftarrow":  # what the letter becomes is called w'
                    left, sign = [left[0], "'", *left[1:]], "="
                found.append(Claim(left, sign, right))
            last = sides[-1] or last
    return found


def _columns(line: list[str]) -> Iterable[list[str]]:
    r"""Yield the formulas of a line: each ``a &= b`` of it, without a remark after ``&&``."""
    cells = _split(line, {"&"})
    if [] in cells[1:]:
        cells = cells[: cells.index([], 1)]
    for left in range(0, len(cells), 2):
        for piece in _split([t for cell in cells[left : left + 2] for t in cell], APART):
            end = next((i for i, t in enumerate(piece) if CONDITION.match(t)), len(piece))
            yield _without_stop(piece[:end])


def _without_stop(words: list[str]) -> list[str]:
    return _without_stop(words[:-1]) if words and words[-1] in {*".,;:"} else words


def _top_level(words: Iterable[str]) -> Iterable[str]:
    """Yield the words that stand in no bracket; inside one, an empty word for each."""
    depth = 0
    for word in words:
        depth -= word in CLOSE or word.startswith(r"\end")
        yield word if depth == 0 else ""
        depth += word in OPEN or word.startswith(r"\begin")


def _split(words: list[str], at: set[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word, outside in zip(words, _top_level(words), strict=True):
        if outside in at:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _every_index(
    seats: set[tuple[str, str, int]], env: dict[str, Any], first: int
) -> Iterable[dict[str, int]]:
    """Yield each combination of the free indices; an index runs along the array it stands at."""
    ends = {index: _length(index, seats, env) for index, _, _ in seats if index not in env}
    for values in itertools.product(*(range(first, n + first) for n in ends.values())):
        yield dict(zip(ends, values, strict=True))


def _length(index: str, seats: set[tuple[str, str, int]], env: dict[str, Any]) -> int:
    if f"#{index}" in env:
        return int(env[f"#{index}"])
    shapes = [(name, np.shape(_look_up(env, name)), axis) for i, name, axis in seats if i == index]
    lengths = {shape[axis] for _, shape, axis in shapes if axis < len(shape)}
    if len(lengths) != 1:
        raise AssertionError(f"index {index} has no one length: it stands at {sorted(shapes)}")
    return int(lengths.pop())


def _look_up(env: dict[str, Any], name: str) -> Any:
    if name not in env:
        raise Unread(f"expected a value for {name!r}, got {sorted(set(env) - set(BASICS))}")
    value = env[name]
    if isinstance(value, Given):
        value = value.rule(*(_look_up(env, p) for p in inspect.signature(value.rule).parameters))
    return value


def _holds(a: Any, claim: Claim, b: Any, close: float) -> bool:
    relation = claim.relation
    if relation == r"\sim":
        from scipy import stats

        return bool(stats.kstest(np.ravel(a), b.cdf).statistic < 0.02)
    if hasattr(a, "free_symbols") or hasattr(b, "free_symbols"):
        from sympy import expand, simplify

        return relation == "=" and (expand(a - b) == 0 or simplify(a - b) == 0)
    slack = close * max(1.0, np.abs(a).max(), np.abs(b).max())
    slack += max(_half_a_unit(side) for side in (claim.left, claim.right))
    try:
        np.broadcast_shapes(np.shape(a), np.shape(b))
    except ValueError:
        return False
    if relation in ("=", r"\approx"):
        return bool(np.all(np.abs(np.subtract(a, b)) <= slack))
    if relation == r"\ne":
        return bool(np.all(np.not_equal(a, b)))
    return bool(np.all(a <= b + slack if relation in (r"\le", "<") else a >= b - slack))


def _half_a_unit(side: list[str]) -> float:
    """Return half a unit of the last digit of a side that is a decimal, or several; else 0."""
    text = "".join("&" if word == r"\\" else word for word in side)
    text = re.sub(r"\\(text|begin|end)\{[^}]*\}", "", text)
    if re.search(r"[^-\d.,;&()]|[\d)]-", text):  # it holds more than numbers and their signs
        return 0.0
    places = [len(decimal) for decimal in re.findall(r"\.(\d+)", text)]
    return 0.5000001 * 10.0 ** -min(places) if places else 0.0


def _times(a: Any, b: Any) -> Any:
    """Return the product of two things that stand side by side: of matrices as matrices."""
    return a @ b if {np.ndim(a), np.ndim(b)} in ({1, 2}, {2}) else a * b


def _dot(a: Any, b: Any) -> Any:
    return a @ b if np.ndim(a) == 1 == np.ndim(b) else _times(a, b)


@dataclass
class _Reader:
    """A recursive descent, one method per level: side, term, factor, atom.

    Each returns a function of the letters, so that a sum can ask for its body again and again.
    """

    words: list[str]
    letters: Letters
    first: int
    seats: set[tuple[str, str, int]] = field(default_factory=set)  # free index, array, axis
    at: int = 0
    bars: int = 0  # how many | are open

    # ----------------------------------------------------------------- words

    def peek(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def next(self) -> str:
        word = self.peek()
        self.at += 1
        return word

    def take(self, word: str) -> bool:
        found = self.peek() == word
        self.at += found
        return found

    def need(self, word: str) -> None:
        if not self.take(word):
            self.fail(f"expected {word}")

    def fail(self, message: str) -> None:
        raise Unread(f"{message}, got {self.peek()!r} after {' '.join(self.words[: self.at])!r}")

    def argument(self) -> "_Reader":
        """Return a reader of the next ``{...}``, or of one character as TeX takes it."""
        if self.take("{"):
            start, depth = self.at, 1
            while depth:
                word = self.next()
                depth += (word == "{") - (word == "}")
                if not word:
                    self.fail("expected }")
            inner = self.words[start : self.at - 1]
        else:
            word = self.next()
            if word.isdigit() and len(word) > 1:
                self.at -= 1
                self.words = [*self.words[: self.at], word[1:], *self.words[self.at + 1 :]]
                word = word[0]
            inner = [word]
        return _Reader(inner, self.letters, self.first, self.seats)

    # ---------------------------------------------------------------- levels

    def side(self) -> Value:
        while self.is_remark(self.peek()):
            self.next()
        value = self.sum()
        while self.peek().startswith(r"\text") or self.peek() in {".", ","}:
            self.next()
        if self.peek():
            self.fail("expected the end")
        return value

    def sum(self) -> Value:
        sign = -1 if self.take("-") else 1
        total = self.term()
        if sign < 0:
            total = _apply(lambda a: -a, total)
        while self.peek() in {"+", "-"}:
            plus, term = self.next() == "+", self.term()
            total = _apply((lambda a, b: a + b) if plus else (lambda a, b: a - b), total, term)
        return total

    def term(self) -> Value:
        product = self.factor()
        while True:
            word = self.peek()
            if word in {r"\cdot", r"\times"}:
                self.next()
                product = _apply(_dot, product, self.factor())
            elif word == r"\odot":
                self.next()
                product = _apply(lambda a, b: a * b, product, self.factor())
            elif word == r"\otimes":
                self.next()
                product = _apply(np.kron, product, self.factor())
            elif word == "/":
                self.next()
                product = _apply(lambda a, b: a / b, product, self.factor())
            elif self.ends(word) or self.is_remark(word):
                return product
            else:
                product = _apply(_times, product, self.factor())

    def ends(self, word: str) -> bool:
        return word in {"", *ENDS} or word.startswith(r"\end") or (word == "|" and self.bars > 0)

    def is_remark(self, word: str) -> bool:
        return word.startswith(r"\text") and _inside(word) not in self.letters

    def factor(self) -> Value:
        value = self.atom()
        while self.take("^"):
            if self.peek() == r"\top" or self.words[self.at : self.at + 2] == ["{", r"\top"]:
                self.argument()
                value = _apply(np.transpose, value)
            else:
                value = _apply(lambda a, b: a**b, value, self.argument().side())
        return value

    def atom(self) -> Value:
        word = self.peek()
        if re.fullmatch(NUMBER, word):
            self.next()
            number = float(word.replace("{,}", ""))
            constant: Any = int(number) if "." not in word else number
            return lambda env: constant
        if word in NORM:
            return self.norm()
        if word in ROUND:
            self.next()
            closing, rounded = ROUND[word]
            inside = self.sum()
            self.need(closing)
            return _apply(rounded, inside)
        if word == "(":
            return _one_or_more(self.bracket())
        if word == "{":
            return self.argument().side()
        if word in {r"\frac", r"\tfrac"}:
            self.next()
            return self.fraction()
        if word == r"\sqrt":
            return self.root()
        if word in {r"\sum", r"\prod"}:
            self.next()
            return self.sigma(sum if word == r"\sum" else math.prod)
        if word == r"\begin{cases}":
            self.next()
            return self.cases()
        if word == r"\begin{pmatrix}":
            self.next()
            return self.matrix()
        return self.reference()

    # ----------------------------------------------------------------- atoms

    def bracket(self) -> list[Value]:
        r"""Return what stands between brackets, parted by commas or ``\parallel``."""
        closing = {"(": ")", "[": "]"}[self.next()]
        parts = [self.sum()]
        while self.peek() in {",", ";", r"\parallel"}:
            self.next()
            parts.append(self.sum())
        self.need(closing)
        return parts

    def norm(self) -> Value:
        closing = NORM[self.next()]
        self.bars += closing == "|"
        inside = self.sum()
        self.need(closing)
        self.bars -= closing == "|"
        return _apply(lambda a: np.abs(a) if np.ndim(a) == 0 else np.linalg.norm(a), inside)

    def root(self) -> Value:
        self.next()
        degree = None
        if self.take("["):
            degree = self.sum()
            self.need("]")
        inside = self.argument().side()
        if degree is None:
            return lambda env: env["sqrt"](inside(env))
        return _apply(lambda a, n: a ** (1 / n), inside, degree)

    def fraction(self) -> Value:
        top, bottom = self.argument(), self.argument()
        if top.words[:3] == [r"\partial", "^", "2"]:
            return self.second_derivative(top, bottom)
        for d in (r"\partial", r"\mathrm{d}", "d"):
            if top.words[:1] == [d] == bottom.words[:1] and len(bottom.words) > 1:
                top.next(), bottom.next()
                return self.derivative(top, bottom)
        return _apply(lambda a, b: a / b, top.side(), bottom.side())

    def derivative(self, top: "_Reader", bottom: "_Reader") -> Value:
        """Read d(top)/d(bottom): the letter of that name, or a complex step along the bottom."""
        below, index_below = bottom.name_and_indices()
        if bottom.peek():
            bottom.fail("expected one letter under d")
        if top.peek():
            start = top.at
            above, index_above = top.name_and_indices()
            name = f"d{above}/d{below}"
            if name in self.letters and not top.peek():
                self.note(name, index_above + index_below)
                return self.entry(name, index_above + index_below)
            top.at = start
            body = top.side()
        else:
            body = self.term()
        self.note(below, index_below)
        return self.nudge(body, below, [value for value, _ in index_below])

    def second_derivative(self, top: "_Reader", bottom: "_Reader") -> Value:
        """Read the entry of a Hessian, which has a name such as ``d2L/dzdz``."""
        top.at = 3
        name, indices = top.name_and_indices()
        name = f"d2{name}/"
        while bottom.take(r"\partial"):
            below, index = bottom.name_and_indices()
            name, indices = f"{name}d{below}", indices + index
        if top.peek() or bottom.peek():
            self.fail("expected a second derivative by two letters")
        self.note(name, indices)
        return self.entry(name, indices)

    def nudge(self, body: Value, name: str, indices: list[Value]) -> Value:
        def slope(env: dict[str, Any]) -> Any:
            array, place = _look_up(env, name), self.place(indices, env)
            if hasattr(value := array[place] if place else array, "free_symbols"):
                return body(env).diff(value)
            nudged = np.array(array, complex)
            nudged[place] += 1e-30j
            return np.imag(body({**env, name: nudged if place else nudged[()]})) / 1e-30

        return slope

    def sigma(self, over: Callable[[Iterable[Any]], Any]) -> Value:
        r"""Read a sum or product: ``_i``, ``_{i=1}^{n}`` or ``_{p_i > 0}``, then one term."""
        self.need("_")
        below, above = self.argument(), self.argument() if self.take("^") else None
        seats, self.seats = self.seats, set()
        below.seats = self.seats
        name, indices = below.name_and_indices()
        index = indices[-1][1] if indices else name
        start = below.sum() if below.take("=") else None
        kept: Value = lambda env: True  # noqa: E731
        if indices:
            self.note(name, indices)
            relation, bound = below.next(), below.sum()
            kept = _apply(COMPARE.get(relation, below.fail), self.entry(name, indices), bound)
        if below.peek():
            below.fail("expected an index")
        end = above.side() if above is not None else None
        body = self.term()
        here = {seat for seat in self.seats if seat[0] == index}
        seats |= self.seats - here
        self.seats = seats

        def total(env: dict[str, Any]) -> Any:
            if start is not None and end is not None:
                steps = range(int(start(env)), int(end(env)) + 1)
            else:
                steps = range(self.first, self.first + _length(index, here, env))
            places = ({**env, index: step} for step in steps)
            return over(body(place) for place in places if kept(place))

        return total

    def cases(self) -> Value:
        rows: list[tuple[Value, str, Value, Value]] = []
        while not self.take(r"\end{cases}"):
            value = self.sum()
            self.need("&")
            while self.is_remark(self.peek()):
                self.next()
            left, relation, right = self.sum(), self.next(), self.sum()
            rows.append((value, relation, left, right))
            self.take(r"\\")

        def chosen(env: dict[str, Any]) -> Any:
            fit = [v for v, relation, a, b in rows if COMPARE[relation](a(env), b(env))]
            if len(fit) != 1:
                raise AssertionError(f"expected one case to hold, got {len(fit)}")
            return fit[0](env)

        return chosen

    def matrix(self) -> Value:
        rows: list[list[Value]] = [[]]
        while not self.take(r"\end{pmatrix}"):
            rows[-1].append(self.sum())
            if self.take(r"\\"):
                rows.append([])
            else:
                self.take("&")
        return lambda env: np.array([[entry(env) for entry in row] for row in rows])

    # --------------------------------------------------- letters and functions

    def reference(self) -> Value:
        """Read a letter with its indices, or a function with what it is applied to."""
        name, indices = self.name_and_indices()
        function = self.entry(name, indices)
        if not _is_function(self.letters.get(name, BASICS.get(name))):
            self.note(name, indices)
            return function
        power = self.argument().side() if self.take("^") else None
        if self.peek() in {"(", "["}:
            arguments = self.bracket()
        elif self.ends(self.peek()):
            return function
        else:
            arguments = [self.factor()]

        def result(env: dict[str, Any]) -> Any:
            if not callable(f := function(env)):
                raise AssertionError(f"expected an index at {name!r}, which is several functions")
            return f(*(a(env) for a in arguments))

        return result if power is None else _apply(lambda a, b: a**b, result, power)

    def name(self) -> str:
        """Read a letter with its mark and its primes, without its indices."""
        word = self.next()
        if word in MARKS:
            name = f"{self.argument().name()}_{word[1:]}"
        elif word.startswith((r"\mathrm", r"\mathbf")) and _inside(word) == "d":
            name = "d" + self.name()
        elif f"{word[1:]} {_inside(self.peek())}" in self.letters:  # \Delta w, \nabla L
            name = f"{word[1:]} {self.name()}"
        elif re.match(WORD, word):
            name = _inside(word)
        elif re.fullmatch(r"[A-Za-zℓ]|\\[A-Za-z]+", word):
            name = word.removeprefix("\\")
        else:
            self.at -= 1
            self.fail("expected a letter")
        while self.take("'"):
            name += "'"
        return name

    def name_and_indices(self) -> tuple[str, list[tuple[Value, str]]]:
        r"""Read a letter and the values of its indices; ``a^{(r)}_k`` has two, r first."""
        name, above = self.name(), []
        if self.words[self.at : self.at + 2] == ["^", "*"]:
            self.at += 2
            name += "*"
        if self.words[self.at : self.at + 3] == ["^", "{", "("]:
            start = self.at
            self.next()
            inside = self.argument()
            if inside.words[-1] == ")":
                above = inside.indices_of(inside.words[1:-1])
            else:
                self.at = start
        if not self.take("_"):
            return name, above
        foot = self.argument()
        text = foot.words[0]
        if len(foot.words) == 1 and (text in {r"\min", r"\max", r"\log"} or re.match(WORD, text)):
            return f"{name}_{_inside(text)}", above
        if f"{name}_{''.join(foot.words)}" in {**self.letters, **BASICS}:
            return f"{name}_{''.join(foot.words)}", above
        return name, above + foot.indices_of(foot.words)

    def indices_of(self, words: list[str]) -> list[tuple[Value, str]]:
        """Read ``nk`` as two indices and ``t-1`` as one; with each, its letter if it is bare."""
        found = []
        for part in _split(words, {","}):
            inside = _Reader(part, self.letters, self.first, self.seats)
            if set(part) & {"+", "-"}:
                found.append((inside.side(), ""))
            while inside.peek():
                start = inside.at
                value = inside.argument().side() if inside.peek().isdigit() else inside.factor()
                letter = part[start] if inside.at == start + 1 else ""
                found.append((value, letter.removeprefix("\\")))
        return found

    def note(self, name: str, indices: list[tuple[Value, str]]) -> None:
        """Remember where an index stands, for how far it runs."""
        for axis, (_, index) in enumerate(indices):
            if index and not index.isdigit():
                self.seats.add((index, name, axis))

    def entry(self, name: str, indices: list[tuple[Value, str]]) -> Value:
        def value(env: dict[str, Any]) -> Any:
            whole = _look_up(env, name)
            place = self.place([v for v, _ in indices], env)
            if not place:
                return whole
            if len(place) > np.ndim(whole) or any(
                not 0 <= i < n for i, n in zip(place, np.shape(whole), strict=False)
            ):
                shown = [i + self.first for i in place]
                raise AssertionError(f"no entry {shown} in {name!r} of shape {np.shape(whole)}")
            return np.asarray(whole)[place]

        return value

    def place(self, indices: list[Value], env: dict[str, Any]) -> tuple[int, ...]:
        return tuple(int(value(env)) - self.first for value in indices)


def _inside(word: str) -> str:
    """Return what a command such as ``\\text{bits}`` or ``\\mathbf 1`` holds, else its own name."""
    if not re.match(WORD, word):
        return word.removeprefix("\\")
    return word[word.index("{") + 1 : -1].strip() if "{" in word else word[-1]


def _is_function(value: Any) -> bool:
    return callable(value) or (isinstance(value, list) and callable(value[0]))


def _apply(f: Callable[..., Any], *parts: Value) -> Value:
    return lambda env: f(*(part(env) for part in parts))


def _one_or_more(parts: list[Value]) -> Value:
    if len(parts) == 1:
        return parts[0]
    return lambda env: np.array([part(env) for part in parts])
