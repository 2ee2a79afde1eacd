using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.OutOfDistribution;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning;

/// <summary>
/// Adds an out-of-distribution score, a Single, made of each row's scores or logits: the higher, the farther from what the classifier was
/// trained on.
/// </summary>
public sealed partial class OutOfDistributionScoreTransformer : ColumnAddingTransformer
{
    internal const string LoaderSignature = "OutOfDistributionScore";
    internal static readonly ModelVersion Version =
        new(Signature: "OODSCORE", Written: 0x00010001, Readable: 0x00010001, ReadsBackTo: 0x00010001, LoaderSignature);

    internal OutOfDistributionScoreTransformer(
        IHostEnvironment environment, string outputColumnName, string scoreColumnName, OutOfDistributionScore method, string? logitsColumnName)
        : base(outputColumnName)
    {
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        if (logitsColumnName is not null)
        {
            ArgumentException.ThrowIfNullOrEmpty(logitsColumnName);
        }

        OutOfDistributionColumns.Check(method, logitsColumnName);
        environment.Register(nameof(OutOfDistributionScoreTransformer));
        Method = method;
        ScoreColumnName = scoreColumnName;
        LogitsColumnName = logitsColumnName;
    }

    /// <summary>The score.</summary>
    public OutOfDistributionScore Method { get; }

    /// <summary>The column with the probabilities; not read when there are logits.</summary>
    public string ScoreColumnName { get; }

    /// <summary>The column with the logits; null for none.</summary>
    public string? LogitsColumnName { get; }

    internal string InputColumnName => LogitsColumnName ?? ScoreColumnName;

    internal static OutOfDistributionScoreTransformer Load(IHostEnvironment environment, ModelReader reader) => Read("the out-of-distribution score", () =>
    {
        var values = reader.Values;
        string output = values.ReadString(), score = values.ReadString(), logits = values.ReadString();
        return new OutOfDistributionScoreTransformer(environment, output, score, values.ReadString(), logits.Length == 0 ? null : logits);
    });

    private protected override ColumnAddingMapper Mapper(DataViewSchema inputSchema) => new OutOfDistributionScoreMapper(
        inputSchema, ScoreColumn.Find(inputSchema, InputColumnName), Method, logits: LogitsColumnName is not null, OutputColumnName);

    private protected override void Save(ModelSaveContext ctx)
    {
        var values = new ModelWriter(ctx, Version).Values;
        values.Write(OutputColumnName);
        values.Write(ScoreColumnName);
        values.Write(LogitsColumnName ?? "");
        values.Write(Method.Name);
    }
}
