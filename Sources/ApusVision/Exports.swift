// A program about pictures has all that it needs with one import, and links nothing that reads tables.
@_exported import ApusCore
@_exported import ApusPlot
@_exported import Torch
