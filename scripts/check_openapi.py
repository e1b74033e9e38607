#!/usr/bin/env python3
"""Holds docs/openapi.yaml to OpenAPI 3.1 and to the code.

scripts/check_openapi.py [--answers FILE]
  without FILE   the document alone: its shape, its references, its parameters
  with FILE      also that it names every kind of answer in FILE, and that each it names is in FILE:
                 lines like `POST /whip/demo 201`, as the tests of signaling write them (LECTERN_ANSWERS)
"""

import argparse
import pathlib
import re
import sys

import sources
import yaml

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
# Answered by the shell around signaling (server/): not among the answers that its tests see.
SHELL = {"/healthz", "/readyz", "/version"}


def resolve(document, reference):
    node = document
    for part in reference.removeprefix("#/").split("/"):
        node = node.get(part.replace("~1", "/")) if isinstance(node, dict) else None
    return node


def broken_references(document, node, where="#"):
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str) and (reference[:2] != "#/" or resolve(document, reference) is None):
            yield f"{where}: {reference} leads nowhere"
        for key, value in node.items():
            yield from broken_references(document, value, f"{where}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from broken_references(document, value, f"{where}/{index}")


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, item, operation


def faults_of_operation(document, path, method, item, operation):
    where = f"{method.upper()} {path}"
    parameters = item.get("parameters", []) + operation.get("parameters", [])
    parameters = [resolve(document, p["$ref"]) if "$ref" in p else p for p in parameters]
    in_path = {p["name"] for p in parameters if p and p.get("in") == "path" and p.get("required") is True}
    if in_path != set(re.findall(r"\{(\w+)\}", path)):
        yield f"{where}: its path parameters are {sorted(in_path)}"
    for status, response in operation.get("responses", {}).items():
        response = resolve(document, response["$ref"]) if "$ref" in response else response
        if not re.fullmatch(r"[1-5]\d\d", str(status)) or not isinstance(status, str):
            yield f"{where}: {status!r} is no status in quotes"
        if not response or not response.get("description"):
            yield f"{where}: {status} has no description"
    if not operation.get("responses"):
        yield f"{where}: has no responses"
    if not {tag for tag in operation.get("tags", [])} <= {tag["name"] for tag in document.get("tags", [])}:
        yield f"{where}: has a tag that is not listed"


def faults_of_document(document):
    if not re.fullmatch(r"3\.1\.\d+", str(document.get("openapi"))):
        yield "openapi: must be 3.1.x"
    for member in ("title", "version"):
        if not isinstance(document.get("info", {}).get(member), str):
            yield f"info: {member} is missing"
    broken = list(broken_references(document, document))
    yield from broken
    if broken:
        return
    names = [operation["operationId"] for *_, operation in operations(document) if "operationId" in operation]
    yield from (f"operationId {name} is there twice" for name in sorted({n for n in names if names.count(n) > 1}))
    for path, method, item, operation in operations(document):
        yield from faults_of_operation(document, path, method, item, operation)


def answers_named(document):
    return {
        (method.upper(), path, int(status))
        for path, method, _, operation in operations(document)
        if path not in SHELL
        for status in operation["responses"]
    }


def answers_seen(document, lines):
    """As the document names them; what is no path of it has to be a 404."""
    patterns = [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), path) for path in document["paths"]]
    for line in lines:
        method, asked, status = re.fullmatch(r"(\S+) (\S*) (\d+)", line.strip()).groups()
        path = next((path for pattern, path in patterns if pattern.fullmatch(asked)), None)
        if path is not None or status != "404":
            yield method, path or asked, int(status)


def faults_of_answers(named, seen):
    methods = {(method, path) for method, path, _ in named}
    for method, path, status in sorted(seen - named):
        # P6, P8: a method that a path does not have, a preflight. Not repeated at each path.
        is_general = (method, path) not in methods and status in (404, 405) or (method, status) == ("OPTIONS", 204)
        if not is_general:
            yield f"{method} {path} was answered {status}, which the document does not name"
    for method, path, status in sorted(named - seen):
        yield f"{method} {path}: no test has seen the answer {status}"


def check(document, lines=None):
    faults = list(faults_of_document(document))
    if not faults and lines is not None:
        faults += faults_of_answers(answers_named(document), set(answers_seen(document, lines)))
    return [f"docs/openapi.yaml: {fault}" for fault in faults]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=pathlib.Path)
    arguments = parser.parse_args()
    document = yaml.safe_load((sources.ROOT / "docs/openapi.yaml").read_text())
    lines = arguments.answers.read_text().splitlines() if arguments.answers else None
    return sources.report(check(document, lines))


if __name__ == "__main__":
    sys.exit(main())
