"""What ``from AlgorithmImports import *`` brings: LEAN's names, and the modules that LEAN's own file imports."""  # noqa: N999

# Algorithms written for LEAN find everything by bare name, so this module has no __all__: its names are the list.
# ruff: noqa: F401
import calendar
import collections
import copy
import csv
import datetime as _datetime_module
import functools
import itertools
import json
import math
import operator
import os
import random
import re
import statistics
import sys
import typing
from abc import ABC, abstractmethod
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from functools import partial, reduce
from io import StringIO
from itertools import chain, combinations, groupby
from math import ceil, exp, floor, isnan, log, sqrt
from random import shuffle
from time import sleep
from typing import *  # noqa: F403 - LEAN's own file does so

import numpy as np
import pandas as pd

from shortable.lean import namespace as _namespace
from shortable.lean.algorithm.clock import TimeZones
from shortable.lean.algorithm.date_rules import DateRule, DayOfWeek
from shortable.lean.algorithm.qc_algorithm import QCAlgorithm
from shortable.lean.algorithm.results import PerformanceMetrics
from shortable.lean.algorithm.telling import CandlestickSeries, Chart, ChartType, Series
from shortable.lean.algorithm.time_rules import TimeRule
from shortable.lean.data import (
    Bar,
    BaseData,
    CoarseFundamental,
    Delisting,
    Dividend,
    FineFundamental,
    Fundamental,
    IndicatorDataPoint,
    PythonData,
    QuoteBar,
    Split,
    SymbolChangedEvent,
    TradeBar,
)
from shortable.lean.data.globals import DataProvider, DefaultDataProvider, Extensions, Globals
from shortable.lean.dotnet import Action, Color, DateTime, Dictionary, Func, HashSet, Time, TimeSpan
from shortable.lean.dotnet_random import Random
from shortable.lean.feed.changes import SecurityChanges
from shortable.lean.feed.config import SubscriptionDataConfig
from shortable.lean.feed.scheduled_universe import ScheduledUniverse
from shortable.lean.feed.slices import (
    Delistings,
    Dividends,
    QuoteBars,
    Slice,
    Splits,
    SymbolChangedEvents,
    Tick,
    Ticks,
    TradeBars,
)
from shortable.lean.feed.universe import Universe, UniverseSettings
from shortable.lean.framework.targets import PortfolioTarget
from shortable.lean.indicators.field import Field
from shortable.lean.market import Currencies, Market
from shortable.lean.symbols import SecurityIdentifier, Symbol, SymbolCache

globals().update(_namespace.gathered())


class RegressionTestException(Exception):  # noqa: N818
    """What LEAN's regression algorithms raise when an assertion of theirs fails."""


QCAlgorithmFramework = QCAlgorithmFrameworkBridge = QCAlgorithm


def AddReference(assembly: str) -> None:  # noqa: N802
    """Accept a .NET assembly: older algorithms name those that they use."""


IBrokerageModel = ISecuritySeeder = ISecurityInitializer = IOrderProperties = object
IFeeModel = IFillModel = ISlippageModel = IBuyingPowerModel = ISettlementModel = object
IBaseData, IBaseDataBar = BaseData, TradeBar
"""Interfaces, which stand in annotations only; a class may derive from them."""
