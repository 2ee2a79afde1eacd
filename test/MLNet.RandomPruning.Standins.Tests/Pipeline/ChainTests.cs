using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNet.RandomPruning.Standins.Tests.Pipeline;

[TestClass]
public sealed class ChainTests
{
    private readonly MLContext _ml = new(1);

    private sealed class Fruit
    {
        public string Name { get; set; } = "";

        public float Weight { get; set; }
    }

    private sealed class Scored
    {
        [ColumnName("K")]
        public uint Key { get; set; }

        public string Back { get; set; } = "";

        [VectorType(2)]
        public float[] F { get; set; } = [];
    }

    [TestMethod]
    public void TheChainHasItsTransformersInOrder()
    {
        var data = new ColumnarView().AddText("L", "a", "b");
        TransformerChain<ColumnSelectingTransformer> chain = new EstimatorChain<ITransformer>()
            .Append(_ml.Transforms.Conversion.MapValueToKey("K", "L"))
            .Append(_ml.Transforms.CopyColumns("C", "K"))
            .Append(_ml.Transforms.DropColumns("L"))
            .Fit(data);

        Assert.AreEqual(3, chain.Count());
        Assert.AreSame(chain.LastTransformer, chain.Last());
        CollectionAssert.AreEqual(new[] { "K", "C" }, chain.Transform(data).Schema.Names());
        CollectionAssert.AreEqual(new[] { "K", "C" }, chain.GetOutputSchema(data.Schema).Names());
    }

    [TestMethod]
    public void AWrongColumnIsFoundBeforeAnythingIsFitted()
    {
        var data = new ColumnarView().AddText("L", "a", "b");
        int fitted = 0;
        var pipeline = _ml.Transforms.Conversion.MapValueToKey("K", "L").WithOnFitDelegate(_ => fitted++)
            .Append(_ml.Transforms.CopyColumns("C", "Typo"));

        var error = Assert.Throws<ArgumentException>(() => pipeline.Fit(data));
        StringAssert.Contains(error.Message, "Typo");
        Assert.AreEqual(0, fitted);
        Assert.AreEqual(0, data.CursorsOpened);
    }

    [TestMethod]
    public void TheOnFitDelegateGetsTheTransformer()
    {
        var data = new ColumnarView().AddText("L", "a", "b");
        ITransformer? seen = null;
        var chain = _ml.Transforms.CopyColumns("C", "L").Append(_ml.Transforms.Conversion.MapValueToKey("K", "L").WithOnFitDelegate(t => seen = t)).Fit(data);

        Assert.AreSame(chain.LastTransformer, seen);
    }

    [TestMethod]
    public void ScopesSelectTransformers()
    {
        var data = new ColumnarView().AddText("L", "a", "b");
        var chain = new EstimatorChain<ITransformer>()
            .Append(_ml.Transforms.CopyColumns("T", "L"), TransformerScope.Training)
            .Append(_ml.Transforms.CopyColumns("S", "L"), TransformerScope.Scoring)
            .Append(_ml.Transforms.CopyColumns("E", "L"))
            .Fit(data);

        CollectionAssert.AreEqual(new[] { "L", "S", "E" }, chain.GetModelFor(TransformerScope.Scoring).Transform(data).Schema.Names());
        CollectionAssert.AreEqual(new[] { "L", "T", "E" }, chain.Transform(data, TransformerScope.TrainTest).Schema.Names());
        CollectionAssert.AreEqual(new[] { "L", "T", "S", "E" }, chain.Transform(data, TransformerScope.Everything).Schema.Names());
        Assert.HasCount(2, chain.GetModelFor(TransformerScope.Training));
    }

    [TestMethod]
    public void WithoutAScopeAChainTransformsForScoringAndMapsRowsWithAll()
    {
        var data = new ColumnarView().AddText("L", "a", "b");
        var chain = new EstimatorChain<ITransformer>()
            .Append(_ml.Transforms.CopyColumns("T", "L"), TransformerScope.Training)
            .Append(_ml.Transforms.CopyColumns("E", "L"))
            .Fit(data);

        CollectionAssert.AreEqual(new[] { "L", "E" }, chain.Transform(data).Schema.Names());
        CollectionAssert.AreEqual(new[] { "L", "E" }, chain.GetOutputSchema(data.Schema).Names());
        CollectionAssert.AreEqual(new[] { "L", "E" }, chain.GetModelFor(TransformerScope.Training).Transform(data).Schema.Names());
        CollectionAssert.AreEqual(new[] { "L", "T", "E" }, ((ITransformer)chain).GetRowToRowMapper(data.Schema).OutputSchema.Names());
    }

    [TestMethod]
    public void MalformedChainsAreRefused()
    {
        ITransformer copy = _ml.Transforms.CopyColumns("C", "L").Fit(new ColumnarView().AddText("L", "a"));
        Assert.Throws<InvalidOperationException>(() => new TransformerChain<ITransformer>([copy], []));
        Assert.Throws<InvalidOperationException>(() => new TransformerChain<ITransformer>(copy, null!));
        Assert.Throws<InvalidOperationException>(() => new EstimatorChain<ITransformer>().AppendCacheCheckpoint(_ml));
    }

    [TestMethod]
    public void ACacheCheckpointSparesPassesOverTheSource()
    {
        int Passes(bool cache)
        {
            var data = new ColumnarView().AddText("A", "a", "b").AddText("B", "c", "d");
            EstimatorChain<ColumnCopyingTransformer> start = new EstimatorChain<ITransformer>().Append(_ml.Transforms.CopyColumns("C", "B"));
            (cache ? start.AppendCacheCheckpoint(_ml) : start)
                .Append(_ml.Transforms.Conversion.MapValueToKey("K1", "C"))
                .Append(_ml.Transforms.Conversion.MapValueToKey("K2", "C"))
                .Append(_ml.Transforms.Conversion.MapValueToKey("K3", "C"))
                .Fit(data);
            return data.CursorsOpened;
        }

        Assert.AreEqual(3, Passes(cache: false));
        Assert.AreEqual(1, Passes(cache: true));
    }

    [TestMethod]
    public void TransformersAreAppendedToo()
    {
        var data = new ColumnarView().AddText("L", "a", "b");
        ITransformer first = _ml.Transforms.CopyColumns("C", "L").Fit(data);
        ITransformer second = _ml.Transforms.CopyColumns("D", "C").Fit(first.Transform(data));

        CollectionAssert.AreEqual(new[] { "L", "C", "D" }, first.Append(second).Transform(data).Schema.Names());
    }

    [TestMethod]
    public void AnEmptyChainChangesNothing()
    {
        var data = new ColumnarView().AddText("L", "a", "b");
        var chain = new EstimatorChain<ITransformer>().Fit(data);

        Assert.IsNull(chain.LastTransformer);
        CollectionAssert.AreEqual(new[] { "a", "b" }, chain.Transform(data).Text("L"));
    }

    [TestMethod]
    public void TheRowMapperOfAChainGivesWhatTransformGives()
    {
        var data = new ColumnarView().AddText("L", "a", "b", "a").AddText("Unused", "x", "y", "z");
        ITransformer chain = _ml.Transforms.Conversion.MapValueToKey("K", "L")
            .Append(_ml.Transforms.CopyColumns("C", "K"))
            .Append(_ml.Transforms.SelectColumns("C"))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("V", "C")).Fit(data);

        Assert.IsTrue(chain.IsRowToRowMapper);
        IRowToRowMapper mapper = chain.GetRowToRowMapper(data.Schema);
        CollectionAssert.AreEqual(new[] { "C", "V" }, mapper.OutputSchema.Names());
        DataViewSchema.Column output = mapper.OutputSchema["V"];
        DataViewSchema.Column[] needed = [.. mapper.GetDependencies([output])];
        CollectionAssert.AreEqual(new[] { "L" }, needed.Select(c => c.Name).ToArray());

        using DataViewRowCursor cursor = data.GetRowCursor(needed);
        using DataViewRow row = mapper.GetRow(cursor, [output]);
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(output);
        var values = new List<string>();
        while (cursor.MoveNext())
        {
            ReadOnlyMemory<char> value = default;
            getter(ref value);
            values.Add(value.ToString());
        }
        CollectionAssert.AreEqual(new[] { "a", "b", "a" }, values);
    }

    [TestMethod]
    public void PredictionEnginesWorkOverAChain()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(new[] { new Fruit { Name = "fig", Weight = 1 }, new Fruit { Name = "pear", Weight = 2 } });
        ITransformer model = _ml.Transforms.Conversion.MapValueToKey("K", "Name")
            .Append(_ml.Transforms.Conversion.MapKeyToValue("Back", "K"))
            .Append(_ml.Transforms.Concatenate("F", "Weight", "Weight"))
            .Append(_ml.Transforms.DropColumns("Weight")).Fit(data);
        using PredictionEngine<Fruit, Scored> engine = _ml.Model.CreatePredictionEngine<Fruit, Scored>(model);

        Scored scored = engine.Predict(new Fruit { Name = "pear", Weight = 7 });
        Assert.AreEqual(2u, scored.Key);
        Assert.AreEqual("pear", scored.Back);
        CollectionAssert.AreEqual(new[] { 7f, 7f }, scored.F);
        Assert.AreEqual(0u, engine.Predict(new Fruit { Name = "plum" }).Key);
    }
}
