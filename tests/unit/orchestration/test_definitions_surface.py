"""What others build on: names, edges, partitions, pools, gates. A change here is a decision."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.instance.config import dagster_instance_config_schema
from dagster._core.utils import load_class_from_string  # noqa: F401 - see below
