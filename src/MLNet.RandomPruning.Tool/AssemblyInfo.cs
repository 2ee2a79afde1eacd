using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("MLNet.RandomPruning.Tool.Tests")]
