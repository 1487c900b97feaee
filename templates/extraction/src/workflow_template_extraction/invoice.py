"""What is extracted, and how. Replace `extract` by LlamaExtract or a call of a model."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

LABELS = ("number", "vendor", "date", "total")


class Item(BaseModel):
    name: str
    quantity: float | None = None
    price: float | None = None


class Invoice(BaseModel):
    """The form of a review is made from this class."""

    number: str = Field(title="Invoice number")
    vendor: str
    date: str = Field(description="As printed")
    total: float = Field(ge=0)
    items: list[Item] = []


def extract(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values in lines such as `Total: 61.50` and `Item: Paper, 5, 7.50`, and what is known about each: confidence, reasoning, citation."""
    values: dict[str, Any] = {"items": []}
    notes: dict[str, Any] = {"items": []}
    for line in text.splitlines():
        label, colon, rest = line.partition(":")
        label, rest = label.strip().lower(), rest.strip()
        if colon and label == "item":
            name, quantity, price = [*(part.strip() for part in rest.split(",")), "", ""][:3]
            item = {"name": name, "quantity": number(quantity), "price": number(price)}
            values["items"].append(item)
            notes["items"].append({key: note(line, value) for key, value in item.items()})
        elif colon and label in LABELS:
            values[label] = number(rest) if label == "total" else rest
            notes[label] = note(line, values[label])
    return values, notes


def number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def note(line: str, value: Any) -> dict[str, Any]:
    citation = {"page": 1, "matching_text": line.strip()}
    if value is None or value == "":
        return {"confidence": 0.0, "reasoning": "The line has no value that can be read.", "citation": [citation]}
    return {"confidence": 0.97, "reasoning": "The line with this label.", "citation": [citation]}
