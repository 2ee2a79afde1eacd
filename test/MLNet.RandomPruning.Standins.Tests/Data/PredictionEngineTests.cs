using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests;

[TestClass]
public sealed class PredictionEngineTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void AnEnginePredictsEachExample()
    {
        using PredictionEngine<Input, Output> engine = _context.Model.CreatePredictionEngine<Input, Output>(new DoublingTransformer());
        for (int i = 0; i < 5; i++)
        {
            Output output = engine.Predict(new Input { Number = i, Name = "n" + i });
            Assert.AreEqual(2f * i, output.Doubled);
            Assert.AreEqual("n" + i, output.Name);
            Assert.AreEqual(i, output.Position);
        }

        Assert.IsNotNull(engine.OutputSchema.GetColumnOrNull("Doubled"));
    }

    [TestMethod]
    public void APredictionCanBeWrittenIntoAnObjectThatIsThere()
    {
        using PredictionEngine<Input, Output> engine = _context.Model.CreatePredictionEngine<Input, Output>(new DoublingTransformer());
        var output = new Output();
        Output same = output;
        engine.Predict(new Input { Number = 4, Name = "" }, ref output);
        Assert.AreSame(same, output);
        Assert.AreEqual(8f, output.Doubled);
    }

    [TestMethod]
    public void OneTransformerServesManyEngines()
    {
        var transformer = new DoublingTransformer();
        Parallel.For(0, 8, thread =>
        {
            PredictionEngine<Input, Output> engine = _context.Model.CreatePredictionEngine<Input, Output>(transformer);
            for (int i = 0; i < 200; i++)
            {
                Assert.AreEqual(2f * (i + thread), engine.Predict(new Input { Number = i + thread, Name = "x" }).Doubled);
            }
        });
    }

    [TestMethod]
    public void AnOutputColumnThatIsMissingIsIgnoredOnlyOnRequest()
    {
        using PredictionEngine<Input, WiderOutput> engine = _context.Model.CreatePredictionEngine<Input, WiderOutput>(new DoublingTransformer());
        Assert.AreEqual(-1, engine.Predict(new Input { Number = 1, Name = "" }).Unknown);
        var error = Assert.Throws<Exception>(() => _context.Model.CreatePredictionEngine<Input, WiderOutput>(new DoublingTransformer(), ignoreMissingColumns: false));
        Assert.Contains("Unknown", error.Message);
    }

    [TestMethod]
    public void ATransformerThatDoesNotMapRowByRowIsRefused()
    {
        Assert.Throws<ArgumentException>(() => _context.Model.CreatePredictionEngine<Input, Output>(new DoublingTransformer(isRowToRow: false)));
    }

    [TestMethod]
    public void KeysOfTheInputCountFromZero()
    {
        IDataView data = _context.Data.LoadFromEnumerable([new KeyInput()]);
        ITransformer copy = _context.Transforms.CopyColumns("Copy", "Key").Fit(data);
        using PredictionEngine<KeyInput, KeyOutput> engine = _context.Model.CreatePredictionEngine<KeyInput, KeyOutput>(copy);
        CollectionAssert.AreEqual(new uint[] { 1, 3, 0 }, new uint[] { 0, 2, 3 }.Select(key => engine.Predict(new KeyInput { Key = key }).Copy).ToArray());
    }

    [TestMethod]
    public void NoExampleIsRefused()
    {
        using PredictionEngine<Input, Output> engine = _context.Model.CreatePredictionEngine<Input, Output>(new DoublingTransformer());
        Assert.Throws<ArgumentNullException>(() => engine.Predict(null!));
    }

    [TestMethod]
    public void AnInputSchemaGivesTheTypesThatTheClassCannot()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Number", NumberDataViewType.Single);
        builder.AddColumn("Name", TextDataViewType.Instance);
        using PredictionEngine<Input, Output> engine = _context.Model.CreatePredictionEngine<Input, Output>(new DoublingTransformer(), builder.ToSchema());
        Assert.AreEqual(6f, engine.Predict(new Input { Number = 3, Name = "" }).Doubled);
    }

    [TestMethod]
    public void AnEngineDisposesOfItsTransformerUnlessToldNotTo()
    {
        var kept = new DoublingTransformer();
        _context.Model.CreatePredictionEngine<Input, Output>(kept, new PredictionEngineOptions { OwnsTransformer = false }).Dispose();
        Assert.IsFalse(kept.IsDisposed);
        var owned = new DoublingTransformer();
        _context.Model.CreatePredictionEngine<Input, Output>(owned, new PredictionEngineOptions { OwnsTransformer = true }).Dispose();
        Assert.IsTrue(owned.IsDisposed);
    }

    public sealed class KeyInput
    {
        [KeyType(3)]
        public uint Key { get; set; }
    }

    public sealed class KeyOutput
    {
        public uint Copy { get; set; }
    }

    public sealed class Input
    {
        public float Number { get; set; }

        public string? Name { get; set; }
    }

    public sealed class Output
    {
        public float Doubled { get; set; }

        public long Position { get; set; }

        public string? Name { get; set; }
    }

    public sealed class WiderOutput
    {
        public float Doubled { get; set; }

        public int Unknown { get; set; } = -1;
    }

    /// <summary>A transformer of public parts only: doubles a number, and tells the position of the row.</summary>
    private sealed class DoublingTransformer(bool isRowToRow = true) : ITransformer, IDisposable
    {
        public bool IsRowToRowMapper => isRowToRow;

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new Mapper(inputSchema).OutputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new Mapper(inputSchema);

        public IDataView Transform(IDataView input) => throw new NotSupportedException();

        public void Save(ModelSaveContext ctx) => throw new NotSupportedException();
    }

    private sealed class Mapper : IRowToRowMapper
    {
        public Mapper(DataViewSchema inputSchema)
        {
            InputSchema = inputSchema;
            var builder = new DataViewSchema.Builder();
            builder.AddColumns(inputSchema);
            builder.AddColumn("Doubled", NumberDataViewType.Single);
            builder.AddColumn("Position", NumberDataViewType.Int64);
            OutputSchema = builder.ToSchema();
        }

        public DataViewSchema InputSchema { get; }

        public DataViewSchema OutputSchema { get; }

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) => InputSchema;

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => new Row(this, input);
    }

    private sealed class Row(Mapper mapper, DataViewRow input) : DataViewRow
    {
        public override DataViewSchema Schema => mapper.OutputSchema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (column.Name == "Doubled")
            {
                ValueGetter<float> number = input.GetGetter<float>(input.Schema["Number"]);
                ValueGetter<float> doubled = (ref float value) =>
                {
                    number(ref value);
                    value *= 2;
                };
                return (ValueGetter<TValue>)(Delegate)doubled;
            }

            if (column.Name == "Position")
            {
                ValueGetter<long> position = (ref long value) => value = input.Position;
                return (ValueGetter<TValue>)(Delegate)position;
            }

            return input.GetGetter<TValue>(input.Schema[column.Index]);
        }
    }
}
