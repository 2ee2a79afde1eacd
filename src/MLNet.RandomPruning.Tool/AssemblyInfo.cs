using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("MLNet.RandomPruning.Tool.Tests")]
[assembly: InternalsVisibleTo("MLNet.RandomPruning.Benchmarks")]
