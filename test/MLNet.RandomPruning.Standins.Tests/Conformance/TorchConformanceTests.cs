using System.Reflection;
using TorchSharp;

namespace MLNet.RandomPruning.Standins.Tests.Conformance;

/// <summary>Holds the stand-in of TorchSharp to the public surface of TorchSharp 0.102.7.</summary>
[TestClass]
[StandinsOnly(typeof(torch))]
public class TorchConformanceTests
{
    [TestMethod]
    public void EveryVisibleMemberIsInTheReferenceAndNoObligationIsMissing()
    {
        var reference = Reference();
        var assembly = typeof(torch).Assembly;
        string[] surface = TorchApiFormatter.Describe(assembly).ToArray();

        string[] extra = surface.Where(line => !reference.Contains(line)).ToArray();
        Assert.IsEmpty(extra, $"{extra.Length} lines are not in TorchSharp 0.102.7:\n{string.Join("\n", extra)}\n");

        string[] missing = assembly.GetTypes().Where(type => type.IsVisible).SelectMany(type => TorchApiFormatter.Obligations(type, reference)).Except(surface).ToArray();
        Assert.IsEmpty(missing, $"Implementers owe:\n{string.Join("\n", missing)}\n");
    }

    [TestMethod]
    public void TheComparisonSeesTheWholeSurface()
    {
        string[] surface = TorchApiFormatter.Describe(typeof(torch).Assembly).ToArray();
        Assert.IsGreaterThan(100, surface.Length);
        foreach (string line in new[]
        {
            "TorchSharp.torch.Tensor :: class TorchSharp.torch.Tensor : IDisposable",
            "TorchSharp.torch.Tensor ::   torch.Tensor mean(long[] dimensions, bool keepdim = false, torch.ScalarType? type = null)",
            "TorchSharp.torch.nn.Module ::   virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)",
            "TorchSharp.torch.nn.Module<T, TResult> ::   abstract TResult forward(T input)",
            "TorchSharp.torch.ScalarType ::   BFloat16 = 15",
        })
        {
            Assert.Contains(line, surface);
        }
    }

    [TestMethod]
    public void TheReferenceIsReadWhole() => Assert.HasCount(5303, Lines());

    private static HashSet<string> Reference() => Lines().ToHashSet(StringComparer.Ordinal);

    private static string[] Lines()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("TorchSharp.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
