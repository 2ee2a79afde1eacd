using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning.Scoring;

/// <summary>Scores rows of one schema: what a transformer gives for <c>Transform</c> and for prediction engines.</summary>
internal sealed class ScoreMapper : ColumnAddingMapper
{
    private readonly IHost _host;
    private readonly FeatureColumn _feature;

    /// <exception cref="ArgumentException">The feature column is missing or does not hold images of the network's shape.</exception>
    public ScoreMapper(IHost host, ClassScorer scorer, DataViewSchema input)
        : base(input, ScoreSchema.Of(input, scorer.Labels, scorer.Columns.Logits))
    {
        _host = host;
        Scorer = scorer;
        _feature = FeatureColumn.Find(input, scorer.Columns.Feature, scorer.Columns.Pixels, scorer.Shape);
    }

    public ClassScorer Scorer { get; }

    public int PredictedLabelIndex => InputSchema.Count;

    public int ScoreIndex => InputSchema.Count + 1;

    /// <summary>Where the logits are; −1 when they are not wanted.</summary>
    public int LogitsIndex => Scorer.Columns.Logits is null ? -1 : InputSchema.Count + 2;

    protected override IEnumerable<DataViewSchema.Column> Sources => [_feature.Column];

    /// <summary>Opens the images of a row or cursor of the input.</summary>
    public PixelReader OpenPixels(DataViewRow input) => PixelReader.Open(input, _feature);

    public override DataViewRowCursor OpenCursor(DataViewRowCursor source, DataViewSchema.Column[] columns) =>
        columns.Any(IsAdded) ? new ScoringCursor(_host, this, source, columns) : base.OpenCursor(source, columns);

    protected override DataViewRow OpenRow(DataViewRow row, IEnumerable<DataViewSchema.Column> activeColumns) => new ScoredRow(this, row, activeColumns);
}
