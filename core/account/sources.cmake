# SPDX-License-Identifier: Apache-2.0
target_sources(perfwatch-core PRIVATE
)
