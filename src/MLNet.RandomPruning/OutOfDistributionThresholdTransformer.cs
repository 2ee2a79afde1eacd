using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.OutOfDistribution;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning;

/// <summary>Adds a Boolean that is true where the out-of-distribution score is above a threshold.</summary>
public sealed partial class OutOfDistributionThresholdTransformer : ColumnAddingTransformer
{
    internal const string LoaderSignature = "OutOfDistributionLimit";
    internal static readonly ModelVersion Version =
        new(Signature: "OODLIMIT", Written: 0x00010001, Readable: 0x00010001, ReadsBackTo: 0x00010001, LoaderSignature);

    internal OutOfDistributionThresholdTransformer(
        IHostEnvironment environment, string outputColumnName, string scoreColumnName, double truePositiveRate, double threshold)
        : base(outputColumnName)
    {
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        if (!double.IsFinite(threshold))
        {
            throw new ArgumentException($"The threshold is {threshold}, but must be a finite number.");
        }

        environment.Register(nameof(OutOfDistributionThresholdTransformer));
        ScoreColumnName = scoreColumnName;
        TruePositiveRate = truePositiveRate;
        Threshold = threshold;
    }

    /// <summary>The column with the out-of-distribution score.</summary>
    public string ScoreColumnName { get; }

    /// <summary>The share of in-distribution rows that was to be accepted; at least this share of the rows that the threshold was fitted to is.</summary>
    public double TruePositiveRate { get; }

    /// <summary>Rows with a score above it are out-of-distribution.</summary>
    public double Threshold { get; }

    internal static OutOfDistributionThresholdTransformer Load(IHostEnvironment environment, ModelReader reader) => Read("the out-of-distribution threshold", () =>
    {
        var values = reader.Values;
        return new OutOfDistributionThresholdTransformer(environment, values.ReadString(), values.ReadString(), values.ReadDouble(), values.ReadDouble());
    });

    private protected override ColumnAddingMapper Mapper(DataViewSchema inputSchema) =>
        new OutOfDistributionThresholdMapper(inputSchema, ScoreColumnName, Threshold, OutputColumnName);

    private protected override void Save(ModelSaveContext ctx)
    {
        var values = new ModelWriter(ctx, Version).Values;
        values.Write(OutputColumnName);
        values.Write(ScoreColumnName);
        values.Write(TruePositiveRate);
        values.Write(Threshold);
    }
}
