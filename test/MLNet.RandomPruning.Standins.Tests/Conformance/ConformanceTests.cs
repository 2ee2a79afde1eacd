using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests.Conformance;

/// <summary>Holds what the solution is compiled against to the public surface of Microsoft.ML 5.0.0, of which that of 5.0.1 differs in nothing that is used here.</summary>
[TestClass]
public class ConformanceTests
{
    [TestMethod]
    public void EveryVisibleMemberIsInTheReferenceAndNoObligationIsMissing()
    {
        IReadOnlyDictionary<string, ApiType> reference = ApiReference.Load();
        ApiType[] surface = ReferencedAssemblies().SelectMany(ApiFormatter.Describe).ToArray();

        IReadOnlyList<string> mismatches = ApiComparison.Mismatches(surface, reference);

        Assert.IsEmpty(mismatches, $"{mismatches.Count} mismatches with Microsoft.ML 5.0.0:\n{string.Join("\n", mismatches)}\n");
    }

    [TestMethod]
    public void TheComparisonSeesTheWholeSurface()
    {
        ApiType[] surface = ReferencedAssemblies().SelectMany(ApiFormatter.Describe).ToArray();
        int members = surface.Sum(type => type.Members.Count);

        Assert.IsGreaterThan(100, surface.Length);
        Assert.IsGreaterThan(400, members);
        foreach (Type expected in new[] { typeof(MLContext), typeof(IDataView), typeof(VBuffer<>), typeof(MLImage), typeof(DataViewRow) })
        {
            Assert.ContainsSingle(surface.Where(type => type.Name == TypeName.Of(expected)), expected.FullName!);
        }
    }

    [TestMethod]
    public void TheReferenceIsReadWhole()
    {
        IReadOnlyDictionary<string, ApiType> reference = ApiReference.Load();

        Assert.HasCount(6, ApiReference.AssemblyNames);
        Assert.HasCount(416, reference);
        Assert.AreEqual(1657 - 416, reference.Values.Sum(type => type.Members.Count));
        Assert.Contains("Microsoft.ML.ValueGetter<TValue>", reference.Keys);
        Assert.Contains("Microsoft.ML.DataViewSchema.Annotations.Builder", reference.Keys);
        Assert.HasCount(4, reference["Microsoft.ML.ITransformer"].Obligations.ToArray());
    }

    /// <summary>The assemblies of the reference, from the packages or as the stand-ins, which keep several in "Microsoft.ML".</summary>
    private static IEnumerable<Assembly> ReferencedAssemblies() =>
        ApiReference.AssemblyNames.Append("Microsoft.ML")
            .Select(name => Path.Combine(AppContext.BaseDirectory, name + ".dll"))
            .Where(File.Exists)
            .Select(path => Assembly.Load(AssemblyName.GetAssemblyName(path)));
}
