// A program about texts has all that it needs with one import.
@_exported import ApusCore
@_exported import ApusPlot
@_exported import Torch
