using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Evaluation;

namespace MLNet.RandomPruning.Tests.Evaluation;

/// <summary>Each wrong input to an evaluator ends in one sentence that says what is wrong, where, and what to do.</summary>
[TestClass]
public sealed class EvaluatorErrorTests
{
    private static readonly float[][] Good = [[0.75f, 0.25f], [0.5f, 0.5f], [0.25f, 0.75f]];

    private readonly MLContext _mlContext = new(seed: 1);

    private MulticlassClassificationCatalog Catalog => _mlContext.MulticlassClassification;

    [TestMethod]
    [DataRow(float.NaN, "the score of class 1 is NaN")]
    [DataRow(float.PositiveInfinity, "the score of class 1 is Infinity")]
    [DataRow(-0.5f, "the score of class 1 is -0.5")]
    [DataRow(3f, "the scores sum to 3.25")]
    public void ARowThatHoldsNoProbabilitiesIsNamed(float bad, string problem)
    {
        float[][] scores = [Good[0], Good[1], [0.25f, bad], Good[2]];

        // A row without a label comes first, and counts.
        var data = ScoredRows.Keyed(_mlContext, scores, [0, 1, 2, 1]);
        string where = $"Row 2 (counted from 0), column 'Score': {problem}";
        Throws<InvalidDataException>(where, () => Catalog.EvaluateCalibration(data));
        Throws<InvalidDataException>(where, () => Catalog.EvaluateSelective(data));
        Throws<InvalidDataException>(where, () => Catalog.EvaluateOutOfDistribution(data, data, "Entropy"));
        Throws<InvalidDataException>(where, () => Catalog.EvaluateUncertainty(data));
        Throws<InvalidDataException>(
            $"The out-of-distribution data cannot be used. {where}", () => Catalog.EvaluateOutOfDistribution(ScoredRows.Plain(_mlContext, Good), data));
        Throws<InvalidDataException>(
            $"The out-of-distribution data 'SVHN' cannot be used. {where}",
            () => Catalog.EvaluateUncertainty(ScoredRows.Keyed(_mlContext, Good, [1, 1, 2]), new Dictionary<string, IDataView> { ["SVHN"] = data }));
    }

    [TestMethod]
    public void LogitsAreNoProbabilitiesUntilTheirSoftmaxIsAskedFor()
    {
        var data = ScoredRows.Golden(_mlContext, "ten");
        Throws<InvalidDataException>("Row 0 (counted from 0), column 'Score': the score", () => Catalog.EvaluateCalibration(data));
        Throws<InvalidDataException>("ask for their softmax", () => Catalog.EvaluateSelective(data));
        Assert.IsGreaterThan(0, Catalog.EvaluateCalibration(data, softmax: true).Accuracy);
    }

    [TestMethod]
    public void LogitsMustBeFinite()
    {
        var data = ScoredRows.Keyed(_mlContext, [[1, 2], [float.NaN, 4]], [1, 2]);
        Throws<InvalidDataException>("Row 1 (counted from 0), column 'Score': the logit of class 0 is NaN", () => Catalog.EvaluateCalibration(data, softmax: true));
        Throws<InvalidDataException>("Row 1 (counted from 0), column 'Score': the logit of class 0 is NaN", () => Catalog.EvaluateOutOfDistribution(data, data, "Energy", logitsColumnName: "Score"));
    }

    [TestMethod]
    public void ALabelThatThereIsNoScoreOfIsNamed()
    {
        var keyed = ScoredRows.Keyed(_mlContext, Good, [1, 3, 2], keyCount: 3);
        Throws<InvalidDataException>("Row 1 (counted from 0), column 'Label': the label is key 3, but column 'Score' has 2 scores", () => Catalog.EvaluateCalibration(keyed));
        var named = ScoredRows.Keyed(_mlContext, Good, [1, 3, 2], keyCount: 3, keyValues: ["cat", "dog", "eel"]);
        Throws<InvalidDataException>("Row 1 (counted from 0), column 'Label': the label is key 3 ('eel')", () => Catalog.EvaluateSelective(named));
        Throws<InvalidDataException>("the label is 2, but with 2 scores", () => Catalog.EvaluateCalibration(ScoredRows.Numbered(_mlContext, Good, [0, 2, 1])));
        Throws<InvalidDataException>("the label is 0.5, but", () => Catalog.EvaluateCalibration(ScoredRows.Numbered(_mlContext, Good, [0, 0.5f, 1])));
        Throws<InvalidDataException>("the label is -1, but", () => Catalog.EvaluateCalibration(ScoredRows.Numbered(_mlContext, Good, [0, 1, -1])));
    }

    [TestMethod]
    public void AKeyThatStandsForTheClassesInAnotherOrderIsRefused()
    {
        IDataView View(string[] keys) => ScoredRows.Keyed(_mlContext, Good, [1, 1, 2], keyCount: keys.Length, keyValues: keys, slotNames: ["cat", "dog"]);
        Throws<ArgumentException>("Value 1 of the key in label column 'Label' stands for 'dog', whose score is number 2 in column 'Score', not 1.", () => Catalog.EvaluateCalibration(View(["dog", "cat"])));
        Throws<ArgumentException>("stands for 'cat'", () => Catalog.EvaluateUncertainty(View(["eel", "cat", "dog"])));

        // Other names altogether may be names of the same classes.
        Assert.AreEqual(3, Catalog.EvaluateCalibration(View(["Katze", "Hund"])).Count);
        Assert.AreEqual(3, Catalog.EvaluateCalibration(View(["cat", "dog"])).Count);
    }

    [TestMethod]
    public void DataWithoutRowsSaysSo()
    {
        var empty = ScoredRows.Empty(_mlContext);
        var some = ScoredRows.Keyed(_mlContext, Good, [1, 1, 2]);
        Throws<InvalidDataException>("The data has no rows", () => Catalog.EvaluateCalibration(empty));
        Throws<InvalidDataException>("The data has no rows", () => Catalog.EvaluateSelective(empty));
        Throws<InvalidDataException>("The in-distribution data has no rows", () => Catalog.EvaluateOutOfDistribution(empty, some));
        Throws<InvalidDataException>("The out-of-distribution data cannot be used. It has no rows", () => Catalog.EvaluateOutOfDistribution(some, empty));
        Throws<InvalidDataException>("The out-of-distribution data 'none' cannot be used. It has no rows", () => Catalog.EvaluateUncertainty(some, new Dictionary<string, IDataView> { ["none"] = empty }));
        Throws<InvalidDataException>("3 rows, but none has a label in column 'Label'", () => Catalog.EvaluateCalibration(ScoredRows.Keyed(_mlContext, Good, [0, 0, 0])));
    }

    [TestMethod]
    public void WrongColumnsAreNamed()
    {
        var data = ScoredRows.Keyed(_mlContext, Good, [1, 1, 2]);
        var images = _mlContext.Data.LoadFromGeneratedImages(3);
        Throws<ArgumentException>("Score column 'Scores' not found. The data has the columns 'Score', 'Label'", () => Catalog.EvaluateCalibration(data, scoreColumnName: "Scores"));
        Throws<ArgumentException>("Label column 'Class' not found", () => Catalog.EvaluateSelective(data, labelColumnName: "Class"));
        Throws<ArgumentException>("Score column 'Features' is ", () => Catalog.EvaluateCalibration(images, scoreColumnName: "Features"));
        Throws<ArgumentException>("Score column 'Label' is ", () => Catalog.EvaluateOutOfDistribution(images, images, scoreColumnName: "Label"));
        Throws<ArgumentException>("Label column 'Score' is ", () => Catalog.EvaluateCalibration(data, labelColumnName: "Score"));
        Throws<ArgumentException>("0 bins", () => Catalog.EvaluateCalibration(data, bins: 0));
        Throws<ArgumentException>("Scorings is empty", () => Catalog.EvaluateUncertainty(data, options: new UncertaintyOptions { Scorings = [] }));
    }

    [TestMethod]
    public void AScoreThatNeedsLogitsAsksForTheirColumn()
    {
        var data = ScoredRows.Keyed(_mlContext, Good, [1, 1, 2]);
        foreach (string scoring in new[] { "Energy", "Energy(2)", "MaxLogit" })
        {
            string expected = $"The out-of-distribution score {scoring} is made of logits";
            Throws<ArgumentException>(expected, () => Catalog.EvaluateOutOfDistribution(data, data, scoring));
            Throws<ArgumentException>(expected, () => Catalog.EvaluateUncertainty(data, options: new UncertaintyOptions { Scorings = [scoring] }));
            Throws<ArgumentException>("WithLogits(\"Logits\")", () => _mlContext.Transforms.ScoreOutOfDistribution(method: scoring));
        }

        Throws<ArgumentException>("Score column 'Logits' not found", () => Catalog.EvaluateOutOfDistribution(data, data, "Energy", logitsColumnName: "Logits"));
        Throws<ArgumentException>("'Confidence' is not a known out-of-distribution score", () => Catalog.EvaluateOutOfDistribution(data, data, "Confidence"));
    }

    [TestMethod]
    public void ASetOfAnotherModelIsRefused()
    {
        var two = ScoredRows.Keyed(_mlContext, Good, [1, 1, 2]);
        var three = ScoredRows.Plain(_mlContext, [[0.2f, 0.3f, 0.5f]]);
        Throws<ArgumentException>(
            "The out-of-distribution data cannot be used. Column 'Score' has 3 scores in the out-of-distribution data, but 2 in the in-distribution data.",
            () => Catalog.EvaluateOutOfDistribution(two, three));
        Throws<ArgumentException>(
            "The out-of-distribution data 'three' cannot be used.", () => Catalog.EvaluateUncertainty(two, new Dictionary<string, IDataView> { ["three"] = three }));
    }

    [TestMethod]
    public void ASetOfImagesOfAnotherSizeNamesBothSizes()
    {
        var model = ColourImages.Pipeline(_mlContext).Fit(_mlContext.Data.LoadFromEnumerable(ColourImages.Rows(30))).LastTransformer;
        var error = Assert.Throws<ArgumentException>(() => Catalog.EvaluateOutOfDistribution(
            model.Transform(_mlContext.Data.LoadFromEnumerable(ColourImages.Rows(3))), model.Transform(_mlContext.Data.LoadFromGeneratedImages(3))));
        StringAssert.Contains(error.Message, "3×32×32");
        StringAssert.Contains(error.Message, "3×8×8");
    }

    private static void Throws<T>(string part, Action action) where T : Exception => StringAssert.Contains(Assert.Throws<T>(action).Message, part);
}
