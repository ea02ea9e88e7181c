"""The arms of the catalogue, with the default network of tables."""

from __future__ import annotations

from bridle.workbench.arm.catalogue import ARMS as CATALOGUE
from bridle.workbench.arm.suited import suited_arms

ARMS = {arm.name: arm for arm in suited_arms(list(CATALOGUE.values()), None)}
