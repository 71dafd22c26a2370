"""Every tabular operator, as written; `keyword` is where its name stands, for messages that point back."""

from __future__ import annotations

from typing import TypeAlias

from emulator.kql.syntax.aggregating import MakeSeries, Reduce, Scan, Summarize, TopHitters, TopNested
from emulator.kql.syntax.combining import Facet, Fork, Join, Lookup, MacroExpand, Partition, PartitionBy, Union
from emulator.kql.syntax.graphs import (
    GraphMarkComponents,
    GraphMatch,
    GraphShortestPaths,
    GraphToTable,
    GraphWhereEdges,
    GraphWhereNodes,
    MakeGraph,
)
from emulator.kql.syntax.selecting import Count, Distinct, Find, Sample, SampleDistinct, Search, Sort, Take, Top, Where
from emulator.kql.syntax.shaping import (
    As,
    AssertSchema,
    Consume,
    Evaluate,
    ExecuteAndCache,
    Extend,
    GetSchema,
    Invoke,
    MvApply,
    MvExpand,
    Parse,
    ParseKv,
    Print,
    Project,
    ProjectAway,
    ProjectByNames,
    ProjectKeep,
    ProjectRename,
    ProjectReorder,
    Range,
    Render,
    Serialize,
)

Operator: TypeAlias = (
    Where | Extend | Project | ProjectAway | ProjectKeep | ProjectRename | ProjectReorder | ProjectByNames | Sort | Top
    | TopHitters | TopNested | Take | Sample | SampleDistinct | Distinct | Count | Summarize | Join | Lookup | Union
    | MvExpand | MvApply | Parse | ParseKv | MakeSeries | Evaluate | Invoke | As | Find | Search | Serialize | Scan
    | Partition | PartitionBy | Range | Fork | Facet | GetSchema | Consume | ExecuteAndCache | Render | Print | Reduce
    | MacroExpand | AssertSchema | MakeGraph | GraphMatch | GraphShortestPaths | GraphToTable | GraphMarkComponents
    | GraphWhereNodes | GraphWhereEdges
)  # fmt: skip
"""Every tabular operator."""
