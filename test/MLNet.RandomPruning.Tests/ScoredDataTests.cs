using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Tests;

/// <summary>Scored data is ordinary data: lazy, shufflable, readable by many at once, with the input's columns as they are.</summary>
[TestClass]
public sealed class ScoredDataTests
{
    private const int Count = 300;

    private static readonly MLContext MLContext = new(seed: 1);
    private static readonly IDataView Data = MLContext.Data.LoadFromEnumerable(ColourImages.Rows(Count));
    private static readonly TransformerChain<RandomPrunedResNetTransformer> Model = ColourImages.Pipeline(MLContext).Fit(Data);
    private static readonly IDataView Scored = Model.Transform(Data);
    private static readonly float[][] Scores = ColourImages.Scores(MLContext, Scored);

    private sealed class Everything
    {
        public byte[] Features { get; set; } = [];

        public float[] Score { get; set; } = [];
    }

    [TestMethod]
    public void InputColumnsPassThroughBesideTheirScores()
    {
        var rows = MLContext.Data.CreateEnumerable<Everything>(Scored, reuseRowObject: false).ToArray();
        var expected = ColourImages.Rows(Count);
        Assert.HasCount(Count, rows);
        for (int i = 0; i < Count; i++)
        {
            CollectionAssert.AreEqual(expected[i].Features, rows[i].Features, $"row {i}");
            CollectionAssert.AreEqual(Scores[i], rows[i].Score, $"row {i}");
        }
    }

    [TestMethod]
    public void ShuffledRowsKeepTheirScores()
    {
        var generated = MLContext.Data.LoadFromGeneratedImages(100);
        var model = MLContext.MulticlassClassification.Trainers.RandomPrunedResNet(network: "ResNet-8-4", epochs: 1, seed: 1).Fit(generated);
        var scored = model.Transform(generated);
        Assert.IsTrue(scored.CanShuffle);

        var expected = Read(scored, rand: null);
        var shuffled = Read(scored, new Random(3));

        CollectionAssert.AreNotEqual(expected.Select(row => row.Id).ToArray(), shuffled.Select(row => row.Id).ToArray());
        CollectionAssert.AreEquivalent(expected.Select(row => row.Id).ToArray(), shuffled.Select(row => row.Id).ToArray());
        foreach (var (id, pixels, score) in shuffled)
        {
            var same = expected.Single(row => row.Id.Equals(id));
            CollectionAssert.AreEqual(same.Pixels, pixels);
            CollectionAssert.AreEqual(same.Score, score);
        }

        static List<(DataViewRowId Id, byte[] Pixels, float[] Score)> Read(IDataView data, Random? rand)
        {
            using var cursor = data.GetRowCursor([data.Schema["Score"], data.Schema["Features"]], rand);
            var idGetter = cursor.GetIdGetter();
            var scoreGetter = cursor.GetGetter<VBuffer<float>>(data.Schema["Score"]);
            var pixelGetter = cursor.GetGetter<VBuffer<byte>>(data.Schema["Features"]);
            var rows = new List<(DataViewRowId, byte[], float[])>();
            while (cursor.MoveNext())
            {
                DataViewRowId id = default;
                VBuffer<float> score = default;
                VBuffer<byte> pixels = default;
                idGetter(ref id);
                scoreGetter(ref score);
                pixelGetter(ref pixels);
                rows.Add((id, [.. pixels.DenseValues()], [.. score.DenseValues()]));
                Assert.AreEqual(rows.Count - 1, cursor.Position);
            }

            return rows;
        }
    }

    [TestMethod]
    public void ShuffledRowsOfAPipelineKeepTheirScores()
    {
        var scored = MLContext.Data.ShuffleRows(Scored, seed: 4);
        foreach (var row in MLContext.Data.CreateEnumerable<Everything>(scored, reuseRowObject: false))
        {
            var single = Model.Transform(MLContext.Data.LoadFromEnumerable([new PixelRow { Features = row.Features, Label = "red" }]));
            CollectionAssert.AreEqual(ColourImages.Scores(MLContext, single)[0], row.Score);
        }
    }

    [TestMethod]
    public void DataThatCanBeReadOnlyOnceIsScored()
    {
        var once = new WatchedDataView(Data) { ReadableOnce = true };
        ColourImages.AssertSame(Scores, ColourImages.Scores(MLContext, Model.Transform(once)));
        Assert.HasCount(1, once.ColumnsAsked);
    }

    [TestMethod]
    public void NothingIsReadUntilAskedAndThenOnlyWhatIsNeeded()
    {
        var watched = new WatchedDataView(MLContext.Data.LoadFromGeneratedImages(20));
        var model = MLContext.MulticlassClassification.Trainers.RandomPrunedResNet(network: "ResNet-8-4", epochs: 1, seed: 1).Fit(MLContext.Data.LoadFromGeneratedImages(20));
        var scored = model.Transform(watched);
        Assert.IsEmpty(watched.ColumnsAsked);

        using (var cursor = scored.GetRowCursor([scored.Schema["Label"]]))
        {
            var label = cursor.GetGetter<uint>(scored.Schema["Label"]);
            uint value = 0;
            Assert.IsTrue(cursor.MoveNext());
            label(ref value);
            Assert.AreEqual(1, watched.RowsRead);
            Assert.IsFalse(cursor.IsColumnActive(scored.Schema["Score"]));
            Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]));
        }

        CollectionAssert.AreEqual(new[] { "Label" }, watched.ColumnsAsked[0]);
        using (scored.GetRowCursor([scored.Schema["PredictedLabel"]]))
        {
            CollectionAssert.AreEqual(new[] { "Features" }, watched.ColumnsAsked[1]);
        }
    }

    [TestMethod]
    public void LookingAtAFewRowsReadsFew()
    {
        var watched = new WatchedDataView(Data);
        var few = MLContext.Data.TakeRows(Model.Transform(watched), 5);
        Assert.HasCount(5, ColourImages.Scores(MLContext, few));
        Assert.IsLessThanOrEqualTo(32, watched.RowsRead);
    }

    [TestMethod]
    public void AnErrorTakesItsTurnAfterTheRowsBeforeIt()
    {
        var scored = Model.Transform(new WatchedDataView(Data) { FailsAtRow = 7 });
        Assert.HasCount(7, ColourImages.Scores(MLContext, MLContext.Data.TakeRows(scored, 7)));

        using var cursor = scored.GetRowCursor([scored.Schema["Score"]]);
        for (int row = 0; row < 7; row++)
        {
            Assert.IsTrue(cursor.MoveNext());
        }

        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => cursor.MoveNext()).Message, "Row 7 cannot be read");
    }

    [TestMethod]
    public void CursorsAreIndependent()
    {
        using var first = Scored.GetRowCursor([Scored.Schema["Score"]]);
        using var second = Scored.GetRowCursor([Scored.Schema["Score"]]);
        var firstGetter = first.GetGetter<VBuffer<float>>(Scored.Schema["Score"]);
        var secondGetter = second.GetGetter<VBuffer<float>>(Scored.Schema["Score"]);
        VBuffer<float> a = default, b = default;
        for (int row = 0; row < 200; row++)
        {
            first.MoveNext();
            firstGetter(ref a);
            CollectionAssert.AreEqual(Scores[row], a.DenseValues().ToArray());
            if (row % 3 == 0)
            {
                second.MoveNext();
                secondGetter(ref b);
                CollectionAssert.AreEqual(Scores[row / 3], b.DenseValues().ToArray());
            }
        }
    }

    [TestMethod]
    public void ACursorSetGivesEachRowOnce()
    {
        int rows = 0;
        foreach (var cursor in Scored.GetRowCursorSet([Scored.Schema["Score"]], 4))
        {
            using (cursor)
            {
                while (cursor.MoveNext())
                {
                    rows++;
                }
            }
        }

        Assert.AreEqual(Count, rows);
        Assert.AreEqual(Data.GetRowCount(), Scored.GetRowCount());
    }

    [TestMethod]
    public void GettersOfAnEndedCursorSayThatThereIsNoRow()
    {
        using var cursor = Scored.GetRowCursor([Scored.Schema["Score"]]);
        var getter = cursor.GetGetter<VBuffer<float>>(Scored.Schema["Score"]);
        VBuffer<float> value = default;
        Assert.ThrowsExactly<InvalidOperationException>(() => getter(ref value));
        while (cursor.MoveNext())
        {
        }

        Assert.IsFalse(cursor.MoveNext());
        Assert.ThrowsExactly<InvalidOperationException>(() => getter(ref value));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<float>(Scored.Schema["Score"]));
    }

    [TestMethod]
    public void EightEnginesOverOneTransformerAgreeWithBatchScoring()
    {
        var rows = ColourImages.Rows(Count);
        var failures = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var threads = Enumerable.Range(0, 8).Select(thread => new Thread(() =>
        {
            try
            {
                using var engine = MLContext.Model.CreatePredictionEngine<PixelRow, KeyPrediction>(Model);
                for (int step = 0; step < Count; step++)
                {
                    int row = (step + 37 * thread) % Count;
                    var prediction = engine.Predict(rows[row]);
                    if (!prediction.Score.SequenceEqual(Scores[row]) || prediction.Score[prediction.PredictedLabel - 1] != prediction.Score.Max())
                    {
                        failures.Enqueue($"thread {thread}, row {row}");
                    }
                }
            }
            catch (Exception e)
            {
                failures.Enqueue(e.ToString());
            }
        })).ToArray();
        foreach (var thread in threads)
        {
            thread.Start();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        Assert.IsEmpty(failures, string.Join('\n', failures));
    }

    [TestMethod]
    public void ManyCursorsAtOnceAgree()
    {
        var all = new float[6][][];
        Parallel.For(0, all.Length, index => all[index] = ColourImages.Scores(MLContext, Scored));
        foreach (var scores in all)
        {
            ColourImages.AssertSame(Scores, scores);
        }
    }

    [TestMethod]
    public void TheRowMapperNamesWhatItNeeds()
    {
        var mapper = Model.LastTransformer.GetRowToRowMapper(Data.Schema);
        Assert.IsTrue(Model.LastTransformer.IsRowToRowMapper);
        CollectionAssert.AreEqual(
            new[] { "Features" }, mapper.GetDependencies([mapper.OutputSchema["Score"], mapper.OutputSchema["PredictedLabel"]]).Select(column => column.Name).ToArray());
        CollectionAssert.AreEqual(new[] { "Label" }, mapper.GetDependencies([mapper.OutputSchema["Label"]]).Select(column => column.Name).ToArray());
    }
}
