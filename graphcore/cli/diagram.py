"""The verbs that make and check diagrams. None but ``summary`` needs torch."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphcore import gallery as templates
from graphcore import store
from graphcore.analysis import analyse, leaves
from graphcore.cli.output import (
    DONE,
    FAILED,
    Unusable,
    print_json,
    print_problems,
    read_diagram,
    shape,
    write_file,
)
from graphcore.codegen import problems
from graphcore.diagnostics import DiagramError
from graphcore.expression import Expr
from graphcore.gallery.template import Template
from graphcore.spec import ParamValue, Refused


def declare_gallery(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``gallery``."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def gallery(options: argparse.Namespace) -> int:
    """List the templates."""
    shown = [template for template in templates.TEMPLATES.values() if not template.hidden]
    if options.json:
        print_json([_described(template) for template in shown])
        return DONE
    for template in shown:
        about = _described(template)
        print(f"{template.name:20} {template.title} ({about['parameters']:,} parameters)")
        print(f"{'':20} {template.doc}")
        for option in about["options"]:
            print(f"{'':22} --set {option['name']}={_shown(option['default'])}  {option['doc']}")
    return DONE


def declare_new(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``new``."""
    parser.add_argument("name", metavar="NAME", help="a template's name ('skipwright gallery')")
    parser.add_argument(
        "--set",
        metavar="OPTION=VALUE",
        action="append",
        default=[],
        help="an option of the template; can be given again",
    )
    parser.add_argument("-o", "--output", metavar="FILE.skw", required=True, help="where to save")
    parser.add_argument(
        "--force", action="store_true", help="take the place of another diagram that is there"
    )


def new(options: argparse.Namespace) -> int:
    """Make a diagram from a template."""
    if options.name not in templates.TEMPLATES:
        known = ", ".join(t.name for t in templates.TEMPLATES.values() if not t.hidden)
        raise Unusable(f"there is no template called '{options.name}'; there are: {known}")
    try:
        diagram = templates.build(options.name, **_settings(options.set))
    except Refused as error:
        raise Unusable(str(error)) from error
    text = store.dumps(diagram)
    path = Path(options.output)
    if path.exists() and not options.force and not _holds(path, text):
        raise Unusable(
            f"{path} is there already and something else; choose another name, or --force to "
            "replace it"
        )
    write_file(options.output, text)
    print(f"{options.output}: {diagram.main}")
    return DONE


def declare_check(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``check``."""
    parser.add_argument("file", metavar="FILE", help="a diagram (.skw)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def check(options: argparse.Namespace) -> int:
    """Tell what is wrong with a diagram."""
    analysis = analyse(read_diagram(options.file))
    found = problems(analysis)
    ok = not any(problem.severity == "error" for problem in found)
    outputs = {name: shape(kind) for name, kind in analysis.root.outputs.items()}
    if options.json:
        listed = [
            {
                "severity": problem.severity,
                "block": problem.at.block,
                "item": problem.at.item,
                "port": problem.port,
                "message": problem.message,
                "fixes": [fix.title for fix in problem.fixes],
            }
            for problem in found
        ]
        print_json({"ok": ok, "problems": listed, "outputs": outputs})
    else:
        print_problems(options.file, found)
        for name, dims in outputs.items():
            print(f"{name}: {'×'.join(map(str, dims)) if dims is not None else 'unknown'}")
        print("ok" if ok else "the diagram has errors")
    return DONE if ok else FAILED


def declare_summary(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``summary``."""
    parser.add_argument("file", metavar="FILE", help="a diagram (.skw)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def summary(options: argparse.Namespace) -> int:
    """Tell what a network costs."""
    diagram = read_diagram(options.file)
    from graphcore.summary import summarise

    try:
        result = summarise(diagram)
    except DiagramError as error:
        print_problems(options.file, error.diagnostics)
        return FAILED
    if options.json:
        print_json(result.to_json())
        return DONE
    print(result.table)
    print(
        f"{result.parameters:,} parameters, {result.trainable:,} of them trained; for one sample "
        f"{result.macs:,} multiply-accumulates and {result.activations_bytes:,} bytes of "
        "activations kept for the backward pass"
    )
    return DONE


def _described(template: Template) -> dict[str, Any]:
    diagram = templates.build(template.name)
    return {
        "name": template.name,
        "title": template.title,
        "doc": template.doc,
        "paper": template.paper,
        "options": [
            {"name": option.name, "default": option.default, "doc": option.doc}
            for option in template.options
        ],
        "parameters": sum(leaf.parameters for leaf in leaves(analyse(diagram))),
    }


def _settings(given: Sequence[str]) -> dict[str, ParamValue]:
    """``width=8`` as a number, ``name=text`` as text."""
    values: dict[str, ParamValue] = {}
    for setting in given:
        name, equals, text = setting.partition("=")
        if not equals or not name:
            raise Unusable(f"--set takes OPTION=VALUE, not '{setting}'")
        values[name] = _value(text)
    return values


def _value(text: str) -> ParamValue:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float | None) else text


def _shown(value: ParamValue) -> str:
    return str(value) if isinstance(value, str | Expr) else json.dumps(value)


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False
