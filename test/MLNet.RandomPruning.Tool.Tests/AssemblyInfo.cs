// Each test has files of its own, and two networks train as fast side by side as one after the other.
[assembly: Parallelize(Scope = ExecutionScope.MethodLevel, Workers = 2)]
