// Most of the time goes into waiting for programs, and each test has a folder of its own.
[assembly: Parallelize(Scope = ExecutionScope.ClassLevel)]
