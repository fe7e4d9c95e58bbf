@_exported import ApusCore
@_exported import ApusPlot
@_exported import ApusTabular
@_exported import ApusText
@_exported import ApusVision
@_exported import Torch
