#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ACTIONS_RUNNER_HOOK_JOB_STARTED: from here on the job is a run. $PPID is the runner's worker, below which all steps run.
if [ -n "${RUNNER_TEMP:-}" ]; then perfwatch run begin --pid "$PPID" > "$RUNNER_TEMP/perfwatch-run" || true; fi
