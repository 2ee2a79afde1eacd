using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Columns;

namespace MLNet.RandomPruning.Scoring;

/// <summary>
/// Scores rows of one schema: what a transformer gives for <c>Transform</c> and for prediction engines. Immutable; many rows and
/// cursors may use it at once.
/// </summary>
internal sealed class ScoreMapper : IRowToRowMapper
{
    private readonly FeatureColumn _feature;

    /// <exception cref="ArgumentException">The feature column is missing or does not hold images of the network's shape.</exception>
    public ScoreMapper(ClassScorer scorer, DataViewSchema input)
    {
        Scorer = scorer;
        InputSchema = input;
        _feature = FeatureColumn.Find(input, scorer.Columns.Feature, scorer.Columns.Pixels, scorer.Shape);
        OutputSchema = ScoreSchema.Of(input, scorer.Labels);
    }

    public ClassScorer Scorer { get; }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    public int PredictedLabelIndex => InputSchema.Count;

    public int ScoreIndex => InputSchema.Count + 1;

    /// <summary>Opens the images of a row or cursor of the input.</summary>
    public PixelReader OpenPixels(DataViewRow input) => PixelReader.Open(input, _feature);

    /// <summary>Whether a column is one that scoring adds.</summary>
    public bool IsAdded(DataViewSchema.Column column) => column.Index >= InputSchema.Count;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        var needed = new SortedSet<int>();
        foreach (var column in dependingColumns)
        {
            needed.Add(IsAdded(column) ? _feature.Column.Index : column.Index);
        }

        return needed.Select(index => InputSchema[index]);
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        if (input.Schema != InputSchema)
        {
            throw new ArgumentException("The row has another schema than the one that this mapper was made for.", nameof(input));
        }

        return new ScoredRow(this, input, activeColumns);
    }

    /// <summary>One flag an output column.</summary>
    public bool[] ActiveFlags(IEnumerable<DataViewSchema.Column> columns)
    {
        var active = new bool[OutputSchema.Count];
        foreach (var column in columns)
        {
            active[column.Index] = true;
        }

        return active;
    }

    /// <summary>The error that a getter of the wrong type, or of a column that is not active, was asked for.</summary>
    public static InvalidOperationException NoGetter(DataViewSchema.Column column, Type asked) => new(
        $"Column '{column.Name}' of type {column.Type} is not active, or its values are no {asked.Name}.");
}
