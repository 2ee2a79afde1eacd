using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests.Pipeline;

/// <summary>Metrics against values worked out by hand.</summary>
[TestClass]
public sealed class EvaluateTests
{
    private static readonly float[][] Scores =
    [
        [0.7f, 0.2f, 0.1f],
        [0.3f, 0.6f, 0.1f],
        [0.1f, 0.8f, 0.1f],
        [0.5f, 0.3f, 0.2f],
        [0.25f, 0.25f, 0.5f],
    ];

    private readonly MLContext _ml = new(1);

    private static ColumnarView Data<TLabel>(DataViewType labelType, TLabel[] labels, float[][] scores, DataViewSchema.Annotations? annotations = null)
        => new ColumnarView()
            .Add("Label", labelType, labels)
            .Add("Score", new VectorDataViewType(NumberDataViewType.Single, scores[0].Length), Array.ConvertAll(scores, s => new VBuffer<float>(s.Length, s)), annotations)
            .Add("PredictedLabel", new KeyDataViewType(typeof(uint), scores[0].Length), Array.ConvertAll(scores, s => (uint)Array.IndexOf(s, s.Max()) + 1));

    private static ColumnarView Keys(uint[] labels, float[][] scores, ulong keys = 3, DataViewSchema.Annotations? annotations = null)
        => Data(new KeyDataViewType(typeof(uint), keys), labels, scores, annotations);

    private static void AssertHandWorked(MulticlassClassificationMetrics metrics)
    {
        double logLoss = -(Math.Log(0.7) + Math.Log(0.3) + Math.Log(0.8) + Math.Log(0.2) + Math.Log(0.5)) / 5;
        double entropy = -(0.4 * Math.Log(0.4) + 0.2 * Math.Log(0.2) + 0.4 * Math.Log(0.4));
        Assert.AreEqual(3.0 / 5, metrics.MicroAccuracy, 1e-12);
        Assert.AreEqual((0.5 + 1 + 0.5) / 3, metrics.MacroAccuracy, 1e-12);
        Assert.AreEqual(logLoss, metrics.LogLoss, 1e-6);
        Assert.AreEqual(1 - logLoss / entropy, metrics.LogLossReduction, 1e-6);
        Assert.AreEqual(-(Math.Log(0.7) + Math.Log(0.3)) / 2, metrics.PerClassLogLoss[0], 1e-6);
        Assert.AreEqual(-Math.Log(0.8), metrics.PerClassLogLoss[1], 1e-6);
        Assert.AreEqual(-(Math.Log(0.2) + Math.Log(0.5)) / 2, metrics.PerClassLogLoss[2], 1e-6);

        ConfusionMatrix confusion = metrics.ConfusionMatrix;
        Assert.AreEqual(3, confusion.NumberOfClasses);
        double[][] expected = [[1, 1, 0], [0, 1, 0], [1, 0, 1]];
        for (int i = 0; i < 3; i++)
        {
            CollectionAssert.AreEqual(expected[i], confusion.Counts[i].ToArray());
        }
        CollectionAssert.AreEqual(new[] { 0.5, 0.5, 1 }, confusion.PerClassPrecision.ToArray());
        CollectionAssert.AreEqual(new[] { 0.5, 1, 0.5 }, confusion.PerClassRecall.ToArray());
    }

    [TestMethod]
    public void KeyLabels()
        => AssertHandWorked(_ml.MulticlassClassification.Evaluate(Keys([1, 1, 2, 3, 3], Scores)));

    [TestMethod]
    public void ByteKeyLabels()
        => AssertHandWorked(_ml.MulticlassClassification.Evaluate(Data(new KeyDataViewType(typeof(byte), 3), new byte[] { 1, 1, 2, 3, 3 }, Scores)));

    [TestMethod]
    public void SingleLabels()
        => AssertHandWorked(_ml.MulticlassClassification.Evaluate(Data(NumberDataViewType.Single, new[] { 0f, 0f, 1f, 2f, 2f }, Scores)));

    [TestMethod]
    public void RowsWithoutALabelAreLeftOut()
        => AssertHandWorked(_ml.MulticlassClassification.Evaluate(Keys([1, 1, 0, 2, 3, 3], [Scores[0], Scores[1], [0, 0, 1], Scores[2], Scores[3], Scores[4]])));

    [TestMethod]
    public void TopK()
    {
        MulticlassClassificationMetrics metrics = _ml.MulticlassClassification.Evaluate(Keys([1, 1, 2, 3, 3], Scores), topKPredictionCount: 3);
        Assert.AreEqual(3, metrics.TopKPredictionCount);
        CollectionAssert.AreEqual(new[] { 0.6, 0.8, 1.0 }, metrics.TopKAccuracyForAllK.Select(a => Math.Round(a, 12)).ToArray());
        Assert.AreEqual(1.0, metrics.TopKAccuracy);

        Assert.AreEqual(0.8, _ml.MulticlassClassification.Evaluate(Keys([1, 1, 2, 3, 3], Scores), topKPredictionCount: 2).TopKAccuracy);
        Assert.AreEqual(0, _ml.MulticlassClassification.Evaluate(Keys([1, 1, 2, 3, 3], Scores)).TopKPredictionCount);
    }

    [TestMethod]
    public void AProbabilityOfZeroCostsAsTheSingleTenToTheMinusFifteen()
    {
        MulticlassClassificationMetrics metrics = _ml.MulticlassClassification.Evaluate(Keys([1, 2], [[0, 1], [0, 1]], keys: 2));
        Assert.AreEqual(-Math.Log(1e-15f) / 2, metrics.LogLoss, 1e-12);
        Assert.AreEqual(-Math.Log(1e-15f), metrics.PerClassLogLoss[0], 1e-12);
    }

    [TestMethod]
    public void ALabelUnseenInTrainingCountsAsWrong()
    {
        MulticlassClassificationMetrics metrics = _ml.MulticlassClassification.Evaluate(Keys([1, 2, 3, 3], [[1, 0], [0, 1], [1, 0], [0, 1]], keys: 3));
        Assert.AreEqual(0.5, metrics.MicroAccuracy, 1e-12);
        Assert.AreEqual(1.0, metrics.MacroAccuracy, 1e-12);
        Assert.AreEqual(-Math.Log(1e-15f) / 2, metrics.LogLoss, 1e-12);
        Assert.AreEqual(2.0, metrics.ConfusionMatrix.Counts.Sum(row => row.Sum()));
    }

    [TestMethod]
    public void RowsWithScoresThatAreNotFiniteAreLeftOut()
    {
        MulticlassClassificationMetrics metrics = _ml.MulticlassClassification.Evaluate(Keys([1, 2, 1], [[1, 0], [0, 1], [float.NaN, 1]], keys: 2));
        Assert.AreEqual(1.0, metrics.MicroAccuracy);
        Assert.AreEqual(0.0, metrics.LogLoss, 1e-12);
    }

    [TestMethod]
    [DataRow(0.5f)]
    [DataRow(-1f)]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void RowsWithALabelThatIsNoClassNumberAreLeftOut(float label)
        => AssertHandWorked(_ml.MulticlassClassification.Evaluate(
            Data(NumberDataViewType.Single, new[] { 0f, 0f, label, 1f, 2f, 2f }, [Scores[0], Scores[1], [0, 0, 1], Scores[2], Scores[3], Scores[4]])));

    [TestMethod]
    public void OneClassLeavesNothingToReduce()
        => Assert.AreEqual(double.PositiveInfinity, _ml.MulticlassClassification.Evaluate(Keys([1, 1], [[0.9f, 0.1f, 0], [0.8f, 0.2f, 0]])).LogLossReduction);

    [TestMethod]
    public void ANegativeNumberOfBestScoresIsRefused()
        => Assert.Throws<ArgumentOutOfRangeException>(() => _ml.MulticlassClassification.Evaluate(Keys([1], [[1, 0, 0]]), topKPredictionCount: -1));

    [TestMethod]
    public void TheTableShowsClassNames()
    {
        string table = _ml.MulticlassClassification.Evaluate(Keys([1, 1, 2, 3, 3], Scores, annotations: ColumnarView.TextAnnotation("SlotNames", "cat", "dog", "bird")))
            .ConfusionMatrix.GetFormattedConfusionTable();
        StringAssert.Matches(table, new System.Text.RegularExpressions.Regex(@"PREDICTED \|\| +cat \| +dog \| +bird \| Recall"));
        foreach (string part in (string[])["PREDICTED", "TRUTH", "Precision", "Recall", "cat", "dog", "bird", "0.5000", "1.0000"])
        {
            StringAssert.Contains(table, part);
        }
    }

    [TestMethod]
    public void TheTableShowsNumbersWhereThereAreNoNames()
    {
        string table = _ml.MulticlassClassification.Evaluate(Keys([1, 1, 2, 3, 3], Scores)).ConfusionMatrix.GetFormattedConfusionTable();
        string[] lines = table.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Assert.IsTrue(Array.Exists(lines, l => l.StartsWith("PREDICTED", StringComparison.Ordinal) && l.EndsWith("Recall", StringComparison.Ordinal)));
        Assert.IsTrue(Array.Exists(lines, l => l.StartsWith("2 ||", StringComparison.Ordinal) && l.EndsWith("0.5000", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DataRow("Nope", "Score", "PredictedLabel")]
    [DataRow("Label", "Nope", "PredictedLabel")]
    [DataRow("Label", "Score", "Nope")]
    public void AMissingColumnIsNamed(string label, string score, string predicted)
    {
        var error = Assert.Throws<ArgumentException>(() => _ml.MulticlassClassification.Evaluate(Keys([1], [[1, 0, 0]]), label, score, predicted));
        StringAssert.Contains(error.Message, "Nope");
    }

    [TestMethod]
    public void ATextLabelIsRefused()
    {
        var data = Data(TextDataViewType.Instance, new[] { "a".AsMemory() }, [[1, 0]]);
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => _ml.MulticlassClassification.Evaluate(data)).Message, "Label");
    }

    [TestMethod]
    public void ScoresOfOneSlotOrOfUnknownSizeAreRefused()
    {
        foreach (int size in (int[])[1, 0])
        {
            var data = new ColumnarView()
                .Add("Label", new KeyDataViewType(typeof(uint), 2), new uint[] { 1 })
                .Add("Score", new VectorDataViewType(NumberDataViewType.Single, size), new VBuffer<float>[] { new(1, [1f]) })
                .Add("PredictedLabel", new KeyDataViewType(typeof(uint), 2), new uint[] { 1 });
            StringAssert.Contains(Assert.Throws<ArgumentException>(() => _ml.MulticlassClassification.Evaluate(data)).Message, "Score");
        }
    }

    [TestMethod]
    public void CrossValidationUsesEveryRowOnceAsHoldOut()
    {
        const int Rows = 300;
        uint[] labels = [.. Enumerable.Range(0, Rows).Select(i => (uint)(i % 3) + 1)];
        float[][] scores = [.. Enumerable.Range(0, Rows).Select(i => Scores[i % 5])];
        var data = Keys(labels, scores).Add("Id", NumberDataViewType.Int32, Enumerable.Range(0, Rows).ToArray());
        int fits = 0;
        IEstimator<ITransformer> estimator = _ml.Transforms.CopyColumns("Copy", "Id").WithOnFitDelegate(_ => fits++);
        var results = _ml.MulticlassClassification.CrossValidate(data, estimator, numberOfFolds: 4, seed: 3);

        Assert.AreEqual(4, fits);
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 3 }, results.Select(r => r.Fold).ToArray());
        int[] ids = [.. results.SelectMany(r => r.ScoredHoldOutSet.Column<int>("Copy")).Order()];
        CollectionAssert.AreEqual(Enumerable.Range(0, Rows).ToArray(), ids);
        foreach (var result in results)
        {
            double expected = _ml.MulticlassClassification.Evaluate(result.ScoredHoldOutSet).MicroAccuracy;
            Assert.AreEqual(expected, result.Metrics.MicroAccuracy);
            Assert.IsNotNull(result.Model);
        }
        var again = _ml.MulticlassClassification.CrossValidate(data, estimator, numberOfFolds: 4, seed: 3);
        CollectionAssert.AreEqual(results.Select(r => r.Metrics.LogLoss).ToArray(), again.Select(r => r.Metrics.LogLoss).ToArray());
    }

    [TestMethod]
    public void CrossValidationKeepsEqualSamplingKeysTogether()
    {
        const int Rows = 200;
        uint[] labels = [.. Enumerable.Range(0, Rows).Select(i => (uint)(i % 3) + 1)];
        var data = Keys(labels, [.. Enumerable.Range(0, Rows).Select(i => Scores[i % 5])])
            .AddText("Group", [.. Enumerable.Range(0, Rows).Select(i => "g" + (i % 20))]);
        var results = _ml.MulticlassClassification.CrossValidate(data, _ml.Transforms.CopyColumns("G", "Group"), numberOfFolds: 2, samplingKeyColumnName: "Group");

        var first = results[0].ScoredHoldOutSet.Text("G").ToHashSet();
        Assert.IsFalse(results[1].ScoredHoldOutSet.Text("G").Any(first.Contains));
    }

    [TestMethod]
    public void CrossValidationNeedsTwoFolds()
        => Assert.Throws<ArgumentException>(() => _ml.MulticlassClassification.CrossValidate(Keys([1], [[1, 0, 0]]), _ml.Transforms.CopyColumns("C", "Label"), numberOfFolds: 1));
}
