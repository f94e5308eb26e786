# SPDX-License-Identifier: Apache-2.0
"""What a person runs and looks at: the command line, the tree exporter and the demo."""
