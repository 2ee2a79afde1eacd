using MLNet.RandomPruning.Tool.Benchmarking;

namespace MLNet.RandomPruning.Tool.Tests;

[TestClass]
public class TimingSummaryTests
{
    [TestMethod]
    public void TakesQuantilesBetweenNeighboursInAStraightLine()
    {
        Assert.AreEqual(new TimingSummary(2.5, 1.75, 3.25, 1, 4), TimingSummary.Of([4, 1, 3, 2]));
        Assert.AreEqual(new TimingSummary(3, 2, 4, 1, 5), TimingSummary.Of([5, 3, 1, 2, 4]));
        Assert.AreEqual(new TimingSummary(7, 7, 7, 7, 1), TimingSummary.Of([7]));
        Assert.IsNull(TimingSummary.Of([]));
    }

    [TestMethod]
    public void VisitsAddUpToTheRepetitions()
    {
        CollectionAssert.AreEqual(new[] { 3, 3, 1 }, Visits.Of(7, 3).ToArray());
        CollectionAssert.AreEqual(new[] { 2 }, Visits.Of(2, 3).ToArray());
        CollectionAssert.AreEqual(new[] { 3, 3 }, Visits.Of(6, 3).ToArray());
    }
}
