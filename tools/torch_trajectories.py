"""Store how PyTorch's optimisers walk, so that the tests can follow where PyTorch is not installed.

    python tools/torch_trajectories.py

Each walks 50 steps in float64 down the same surface, smooth and not quadratic; after 25 steps the
rate drops to a tenth, because that is where conventions for momentum part. PyTorch differentiates
the loss by itself, so it shares no code with what it is compared with.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

STORED = Path(__file__).resolve().parent.parent / "tests" / "data" / "torch_trajectories.json"
STEPS, DROP = 50, 25
START = [2.0, -1.5, 0.5, 3.0]
CURVATURES = [0.5, 1.0, 3.0, 8.0]

# name here: (name in torch.optim, its settings)
WALKS: dict[str, tuple[str, dict[str, Any]]] = {
    "SGD": ("SGD", {"lr": 0.05}),
    "Momentum": ("SGD", {"lr": 0.02, "momentum": 0.9}),
    "Nesterov": ("SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True}),
    "RMSprop": ("RMSprop", {"lr": 0.05, "alpha": 0.9, "eps": 1e-8}),
    "RMSprop, large eps": ("RMSprop", {"lr": 0.05, "alpha": 0.99, "eps": 0.1}),
    "Adam": ("Adam", {"lr": 0.1}),
    "Adam, large eps": ("Adam", {"lr": 0.1, "betas": (0.8, 0.95), "eps": 0.1}),
    "AdamW": ("AdamW", {"lr": 0.1, "weight_decay": 0.5}),
}


def loss(w: Any, torch: Any) -> Any:
    """Return the sum of c w²/2, and of sin(w w') over neighbours."""
    c = torch.tensor(CURVATURES, dtype=torch.float64)
    return (c * w**2).sum() / 2 + torch.sin(w[:-1] * w[1:]).sum()


def walk(name: str) -> list[list[float]]:
    """Return where PyTorch stands after each step."""
    torch: Any = import_module("torch")
    optimiser, settings = WALKS[name]
    w = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, optimiser)([w], **settings)
    path = []
    for step in range(STEPS):
        if step == DROP:
            optimizer.param_groups[0]["lr"] *= 0.1
        optimizer.zero_grad()
        loss(w, torch).backward()
        optimizer.step()
        path.append(w.tolist())
    return path


if __name__ == "__main__":
    record = {"torch": import_module("torch").__version__.split("+")[0]} | {
        name: walk(name) for name in WALKS
    }
    rows = [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in record.items()]
    text = "{\n" + ",\n".join(rows).replace("], [", "],\n  [") + "\n}\n"
    STORED.parent.mkdir(exist_ok=True)
    STORED.write_text(text, encoding="utf-8", newline="\n")
