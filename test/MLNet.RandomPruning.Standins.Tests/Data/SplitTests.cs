using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests;

[TestClass]
public sealed class SplitTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void TheTwoPartsAreDisjointAndComplete()
    {
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(2000));
        foreach (double fraction in new[] { 0.1, 0.25, 0.5, 0.9 })
        {
            DataOperationsCatalog.TrainTestData split = _context.Data.TrainTestSplit(data, fraction, seed: 3);
            int[] train = split.TrainSet.Values();
            int[] test = split.TestSet.Values();

            Assert.IsEmpty(train.Intersect(test));
            CollectionAssert.AreEquivalent(Enumerable.Range(0, 2000).ToArray(), train.Concat(test).ToArray());

            // Five standard deviations of a binomial count.
            Assert.AreEqual(2000 * fraction, test.Length, 5 * Math.Sqrt(2000 * fraction * (1 - fraction)));
        }
    }

    [TestMethod]
    public void TheSameSeedGivesTheSameSplitInEveryPassAndContext()
    {
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(300));
        IDataView test = _context.Data.TrainTestSplit(data, 0.3, seed: 3).TestSet;
        int[] expected = test.Values();
        CollectionAssert.AreEqual(expected, test.Values());

        var other = new MLContext();
        IDataView again = other.Data.LoadFromEnumerable(RowTools.Numbers(300));
        CollectionAssert.AreEqual(expected, other.Data.TrainTestSplit(again, 0.3, seed: 3).TestSet.Values());
        CollectionAssert.AreNotEqual(expected, _context.Data.TrainTestSplit(data, 0.3, seed: 4).TestSet.Values());
    }

    [TestMethod]
    public void RowsWithOneSamplingKeyStayTogether()
    {
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(1400));
        DataOperationsCatalog.TrainTestData split = _context.Data.TrainTestSplit(data, 0.3, samplingKeyColumnName: "Group", seed: 3);
        string[] train = split.TrainSet.GetColumn<string>("Group").Distinct().ToArray();
        string[] test = split.TestSet.GetColumn<string>("Group").Distinct().ToArray();
        Assert.IsNotEmpty(train);
        Assert.IsNotEmpty(test);
        Assert.IsEmpty(train.Intersect(test));
        Assert.AreEqual(200, train.Length + test.Length);
    }

    [TestMethod]
    public void FoldsPartTheRows()
    {
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(1000));
        IReadOnlyList<DataOperationsCatalog.TrainTestData> folds = _context.Data.CrossValidationSplit(data, 4, seed: 9);
        Assert.HasCount(4, folds);
        var all = new List<int>();
        foreach (DataOperationsCatalog.TrainTestData fold in folds)
        {
            int[] test = fold.TestSet.Values();
            int[] train = fold.TrainSet.Values();
            Assert.IsNotEmpty(test);
            Assert.AreEqual(1000, test.Length + train.Length);
            Assert.IsEmpty(test.Intersect(train));
            all.AddRange(test);
        }

        CollectionAssert.AreEquivalent(Enumerable.Range(0, 1000).ToArray(), all);
    }

    [TestMethod]
    public void TheSchemaStaysAndNothingIsReadBeforeItIsAskedFor()
    {
        int read = 0;
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(100).Count(() => read++));
        DataOperationsCatalog.TrainTestData split = _context.Data.TrainTestSplit(data, 0.2, seed: 1);
        Assert.AreEqual(0, read);
        CollectionAssert.AreEqual(data.Schema.Select(c => c.Name).ToArray(), split.TrainSet.Schema.Select(c => c.Name).ToArray());
        Assert.AreEqual(100, split.TrainSet.Values().Length + split.TestSet.Values().Length);
    }

    [TestMethod]
    public void ImpossibleSplitsAreRefused()
    {
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(10));
        Assert.Throws<ArgumentOutOfRangeException>(() => _context.Data.TrainTestSplit(data, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _context.Data.TrainTestSplit(data, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _context.Data.CrossValidationSplit(data, 1));
        var error = Assert.Throws<ArgumentException>(() => _context.Data.TrainTestSplit(data, 0.5, "Nowhere"));
        Assert.Contains("Nowhere", error.Message);
    }
}
