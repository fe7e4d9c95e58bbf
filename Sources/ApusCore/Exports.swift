// A program that trains also downloads and reports, with one import.
@_exported import ApusFiles
