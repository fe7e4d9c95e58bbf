// A program about tables and recommendations has all that it needs with one import.
@_exported import ApusCore
@_exported import ApusPlot
@_exported import Torch
