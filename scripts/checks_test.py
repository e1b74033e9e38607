#!/usr/bin/env python3
"""Proves that the checks find what they are there for, in a small repository of their own."""

import pathlib
import subprocess
import tempfile
import unittest
from unittest import mock

import check_codes
import check_layers
import check_openapi
import check_sources
import check_spec
import run_tests
import sources
import tidy


class Checks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        subprocess.run(["git", "init", "--quiet", self.root], check=True)

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)
        subprocess.run(["git", "-C", self.root, "add", path], check=True)

    def layers(self, path, include):
        self.write(path, f"#pragma once\n#include {include}\n")
        return check_layers.check(self.root)

    def calls(self, path, text):
        self.write(path, text)
        return check_sources.check(self.root)


class Layers(Checks):
    def test_an_arrow_downwards_passes(self):
        self.assertEqual(self.layers("media/ice/agent.h", '"media/stun/message.h"'), [])

    def imports(self, path, spec):
        self.write(path, f"import {{ x }} from '{spec}';\n")
        return check_layers.check(self.root)

    def test_pages_import_downwards(self):
        self.assertEqual(self.imports("web/src/class/viewer.ts", "../link/socket"), [])
        self.assertEqual(self.imports("web/src/teach.ts", "./class/teacher"), [])
        self.assertEqual(self.imports("web/src/class/teach_view.tsx", "../view/pure"), [])

    def test_pages_that_import_upwards_or_across_fail(self):
        self.assertEqual(
            self.imports("web/src/link/socket.ts", "../class/viewer"),
            ["web/src/link/socket.ts:1: web/src/link may not import from class ('../class/viewer')"],
        )
        self.assertEqual(len(self.imports("web/src/reactions/bar.ts", "../polls/poll")), 2)
        self.assertEqual(len(self.imports("web/src/polls/poll.ts", "../base/dom")), 3)
        self.assertEqual(len(self.imports("web/src/view/pure.tsx", "../class/teacher")), 4)

    def test_an_arrow_upwards_fails(self):
        self.assertEqual(
            self.layers("media/stun/message.h", '"media/ice/agent.h"'),
            ['media/stun/message.h:2: media/stun may not include media/ice ("media/ice/agent.h")'],
        )

    def test_signaling_does_not_know_the_fan_out(self):
        self.assertEqual(len(self.layers("signaling/session.h", '"media/forward/fanout.h"')), 1)

    def test_product_code_does_not_include_tests(self):
        self.assertEqual(len(self.layers("server/x.cpp", '"tests/sim/network.h"')), 1)

    def test_libuv_stays_in_the_server(self):
        self.assertEqual(len(self.layers("media/worker/worker.cpp", "<uv.h>")), 1)

    def test_the_server_may_use_libuv(self):
        self.assertEqual(self.layers("server/io/uv_loop.h", "<uv.h>"), [])

    def test_an_unknown_library_fails(self):
        self.assertEqual(len(self.layers("base/log.h", "<boost/asio.hpp>")), 1)

    def test_threads_stay_in_the_server(self):
        self.assertEqual(len(self.layers("signaling/session.h", "<thread>")), 1)

    def test_openssl_is_for_the_digest_but_not_all_of_base(self):
        self.assertEqual(self.layers("base/digest.cpp", "<openssl/hmac.h>"), [])
        self.assertEqual(len(self.layers("base/rng.cpp", "<openssl/rand.h>")), 1)

    def test_a_path_from_elsewhere_than_the_root_fails(self):
        self.assertEqual(len(self.layers("media/stun/message.cpp", '"message.h"')), 1)


class Sources(Checks):
    def test_a_unit_test_may_not_sleep(self):
        self.assertEqual(len(self.calls("tests/unit/a_test.cpp", "sleep_for(1s);\n")), 1)

    def test_a_simulator_may_not_read_a_clock_but_may_replace_it(self):
        self.assertEqual(self.calls("tests/sim/clock.cpp", 'extern "C" int gettimeofday(timeval*) {\n'), [])
        self.assertEqual(len(self.calls("tests/sim/clock.cpp", "auto t = steady_clock::now();\n")), 1)

    def test_pure_code_reads_no_clock(self):
        self.assertEqual(len(self.calls("media/ice/a.cpp", "x = std::chrono::steady_clock::now();\n")), 1)

    def test_pure_code_opens_nothing(self):
        for call in ("::open(name, 0)", "socket(1, 2, 3)", "std::ofstream f", "std::jthread t", "RAND_bytes(x, 1)"):
            self.assertEqual(len(self.calls("media/ice/a.cpp", f"{call};\n")), 1, call)

    def test_the_server_and_a_method_of_that_name_may(self):
        self.assertEqual(self.calls("server/io/udp.cpp", "fd = socket(1, 2, 3);\n"), [])
        self.assertEqual(self.calls("media/ice/a.h", "agent.socket(1); peer->accept(2);\n"), [])

    def test_words_in_comments_and_text_do_not_count(self):
        self.assertEqual(self.calls("media/ice/a.cpp", '// never sleep()\nauto s = "socket(";\n/* ::open(\n */\n'), [])

    def test_a_browser_test_may_not_sleep(self):
        for line in (
            "await sleep(500);",
            "import { sleep as rest } from './lib/wait.mjs'; await rest(1);",
            "await new Promise((resolve) => setTimeout(resolve, 5000));",
            "setTimeout(() => resolve(), 50);",
            "const wait = promisify(setTimeout);",
            "await page.waitForTimeout(100);",
            "import { setTimeout as later } from 'node:timers/promises';",
        ):
            self.assertEqual(len(self.calls("tests/e2e/a.test.mjs", line + "\n")), 1, line)

    def test_a_browser_test_may_wait_for_a_state_measure_and_have_deadlines(self):
        allowed = "await until('a', 500, check);\nawait measureFor(500);\nsocket.setTimeout(500, end);\n"
        allowed += "setTimeout(() => reject(new Error('late')), 5000);\n// no sleep(5)\n"
        self.assertEqual(self.calls("tests/e2e/a.test.mjs", allowed), [])
        self.assertEqual(self.calls("tests/e2e/lib/wait.mjs", "await sleep(50);\n"), [])

    def test_a_long_file_fails(self):
        self.assertEqual(self.calls("base/a.h", "\n" * 600), [])
        self.assertEqual(len(self.calls("base/b.h", "\n" * 601)), 1)


class Spec(Checks):
    def setUp(self):
        super().setUp()
        self.write("docs/protocol.md", "- **[P1]** One.\n- **[P2]** Two, as in P1. Keys are P-256.\n- **[P30]** Of pages.\n")
        self.write("tests/unit/a_test.cpp", "TEST(Some, P1P2AreKept) {\nTEST_F(Some, OfVP8) {\n")
        self.write("web/test/a.test.ts", "test('[P30] comes back', () => {\n")

    def test_rules_that_are_all_tested_pass(self):
        self.write("signaling/a.cpp", "// P30: codec VP8, curve P-256\n")
        self.assertEqual(check_spec.check(self.root), [])

    def test_a_rule_without_a_test_fails(self):
        self.write("tests/unit/a_test.cpp", "TEST(Some, P1IsKept) {  // and P2\n")
        self.assertEqual(check_spec.check(self.root), ["docs/protocol.md: no test is named for P2"])

    def test_a_citation_of_no_rule_fails(self):
        self.write("web/src/a.ts", "\n// as P3 says\n")
        self.assertEqual(
            check_spec.check(self.root), ["web/src/a.ts:2: cites P3, which docs/protocol.md does not have"]
        )

    def test_a_test_of_no_rule_fails(self):
        self.write("tests/unit/b_test.cpp", "TEST(Some, P1P9AreKept) {\n")
        self.assertEqual(len(check_spec.check(self.root)), 1)

    def test_a_rule_said_twice_fails(self):
        self.write("docs/protocol.md", "**[P1]** **[P1]** **[P2]** **[P30]**\n")
        self.assertEqual(check_spec.check(self.root), ["docs/protocol.md: P1 is there twice"])


class Codes(Checks):
    def setUp(self):
        super().setUp()
        self.write(check_codes.REFUSALS, 'X(kFull, "full", 503, 4503, "Server full", "") X(kHaste, "haste", 429, 0, "Haste", "rate")')
        self.write("media/worker/unusable_watch.cpp", 'kNames = {"malformed", "too-long"};')
        self.write("media/worker/viewer_session.cpp", 'kReasons = {"join"};')
        self.pages = "kCodes = {\n  full: '',\n  haste: 'rate',\n}\n"
        self.pages += "kUnusableReasons = ['too-long', 'malformed'];\nkRungReasons = ['join'];\n"
        self.write(check_codes.PAGES, self.pages)
        self.spec = "| `full` | 503 | 4503 | |\n| `haste` | 429 | | `rate` |\n"
        self.spec += "**[P41]** `join`\n**[P85]** `malformed`, `too-long`\n"
        self.write(check_codes.SPEC, self.spec)

    def test_lists_that_agree_pass(self):
        self.assertEqual(check_codes.check(self.root), [])

    def test_a_code_of_the_server_that_pages_or_the_document_lack_fails(self):
        text = (self.root / check_codes.REFUSALS).read_text()
        self.write(check_codes.REFUSALS, text + ' X(kNew, "new-one", 503, 0, "New", "")')
        self.assertEqual(
            check_codes.check(self.root),
            [
                "web/src/link/codes.ts: lacks the code `new-one` of base/refusal_code.h",
                "docs/protocol.md: lacks the code `new-one` of base/refusal_code.h",
            ],
        )

    def test_a_code_that_the_server_does_not_have_fails(self):
        self.write(check_codes.PAGES, self.pages.replace("}", "  'old-one': '',\n}", 1))
        self.assertEqual(len(check_codes.check(self.root)), 1)

    def test_another_number_or_status_fails(self):
        self.write(check_codes.PAGES, self.pages.replace("'rate'", "'limit'"))
        self.write(check_codes.SPEC, self.spec.replace("4503", "4504"))
        self.assertEqual(len(check_codes.check(self.root)), 2)

    def test_a_reason_that_pages_or_the_document_lack_fails(self):
        self.write("media/worker/unusable_watch.cpp", 'kNames = {"malformed", "too-long", "unopened"};')
        self.assertEqual(len(check_codes.check(self.root)), 2)

    def test_a_list_that_was_not_found_fails(self):
        self.write("media/worker/viewer_session.cpp", "kElsewhere\n")
        self.assertEqual(len(check_codes.check(self.root)), 2)


class Tidy(Checks):
    def fingerprint(self, rules=b"rules"):
        tidy.text_and_headers.cache_clear()
        entry = {"file": f"{self.root}/a.cpp", "command": f"/any/clang++ -I{self.root} -c {self.root}/a.cpp"}
        with mock.patch.object(sources, "ROOT", self.root):
            return tidy.fingerprint(entry, rules)

    def test_what_was_read_makes_the_fingerprint_and_the_folder_does_not(self):
        def write():
            self.write("a.cpp", '#include "a.h"\n')
            self.write("a.h", '#include "b.h"\n')
            self.write("b.h", "int b();\n")

        write()
        first = self.fingerprint()
        self.setUp()
        write()
        self.assertEqual(self.fingerprint(), first)
        self.assertNotEqual(self.fingerprint(b"other rules"), first)
        self.write("b.h", "int b(int);\n")
        self.assertNotEqual(self.fingerprint(), first)


class Summary(unittest.TestCase):
    def run_browser_tests(self, printed):
        def read(*_, on_line, **__):
            for line in printed:
                on_line(line + "\n")
            return 1

        with mock.patch.object(run_tests, "run", read), mock.patch.object(run_tests, "remarks", []):
            counts = run_tests.e2e(seconds=1)
            return counts, list(run_tests.summary({"e2e": (*counts, 1, 1)}))

    def test_a_second_try_is_told_and_the_last_line_is_plain(self):
        counts, told = self.run_browser_tests(["1 needed a second try: join: fast", "3 passed, 1 failed"])
        self.assertEqual(counts, (3, 1))
        self.assertTrue(any(line.endswith("1 needed a second try: join: fast") for line in told))
        self.assertEqual(told[-1], "3 passed, 1 failed")

    def test_a_run_that_dies_after_good_news_has_failed(self):
        self.assertEqual(self.run_browser_tests(["3 passed, 0 failed"])[0], (3, 1))


class OpenApi(unittest.TestCase):
    def setUp(self):
        self.operation = {"responses": {"200": {"description": "Here"}, "404": {"$ref": "#/components/responses/No"}}}
        self.document = {
            "openapi": "3.1.0",
            "info": {"title": "A", "version": "1"},
            "paths": {
                "/healthz": {"get": {"responses": {"200": {"description": "Alive"}}}},
                "/c/{id}": {
                    "parameters": [{"name": "id", "in": "path", "required": True}],
                    "get": self.operation,
                },
            },
            "components": {"responses": {"No": {"description": "None"}}},
        }

    def faults(self, *lines):
        return len(check_openapi.check(self.document, lines or None))

    def test_a_document_that_agrees_with_the_answers_passes(self):
        self.assertEqual(self.faults(), 0)
        general = ("PUT /c/7 405", "OPTIONS /c/7 204", "GET /nowhere 404", "GET  404")
        self.assertEqual(self.faults("GET /c/7 200", "GET /c/8 404", *general), 0)

    def test_an_answer_that_is_not_named_fails(self):
        self.assertEqual(self.faults("GET /c/7 200", "GET /c/8 404", "GET /c/8 500"), 1)
        self.assertEqual(self.faults("GET /c/7 200", "GET /c/8 404", "GET /other 200"), 1)

    def test_an_answer_that_nobody_gives_fails(self):
        self.assertEqual(self.faults("GET /c/7 200"), 1)

    def test_a_reference_to_nothing_fails(self):
        self.document["components"] = {}
        self.assertEqual(self.faults(), 1)

    def test_a_missing_parameter_or_description_or_status_fails(self):
        del self.document["paths"]["/c/{id}"]["parameters"]
        self.operation["responses"] = {"200": {}, 404: {"description": "None"}}
        self.assertEqual(self.faults(), 3)


if __name__ == "__main__":
    unittest.main()
