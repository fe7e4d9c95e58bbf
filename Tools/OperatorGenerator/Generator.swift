public enum OperatorGenerator {}
