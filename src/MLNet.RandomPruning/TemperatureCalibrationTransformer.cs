using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Calibration;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning;

/// <summary>
/// Divides a classifier's logits by a temperature, so that its probabilities can be taken at their word. It changes no prediction, only
/// how sure the model is of it.
/// </summary>
public sealed partial class TemperatureCalibrationTransformer : ColumnAddingTransformer
{
    internal const string LoaderSignature = "TemperatureCalibration";
    internal static readonly ModelVersion Version =
        new(Signature: "TEMPCALI", Written: 0x00010001, Readable: 0x00010001, ReadsBackTo: 0x00010001, LoaderSignature);

    internal TemperatureCalibrationTransformer(IHostEnvironment environment, string outputColumnName, string scoreColumnName, bool softmax, TemperatureFit fit)
        : base(outputColumnName)
    {
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        if (!(fit.Temperature > 0 && double.IsFinite(fit.Temperature)) || !Enum.IsDefined(fit.Limit))
        {
            throw new ArgumentException(FormattableString.Invariant($"The temperature is {fit.Temperature}; it must be a finite number above 0."));
        }

        environment.Register(nameof(TemperatureCalibrationTransformer));
        ScoreColumnName = scoreColumnName;
        Softmax = softmax;
        Fit = fit;
    }

    /// <summary>The column with the probabilities or logits that are rescaled.</summary>
    public string ScoreColumnName { get; }

    /// <summary>Whether that column holds logits, of which the softmax is taken.</summary>
    public bool Softmax { get; }

    /// <summary>The temperature that logits are divided by; above 1 it makes the model less sure of itself.</summary>
    public double Temperature => Fit.Temperature;

    /// <summary>How the temperature was fitted, and what it did to calibration on the held-out data.</summary>
    public TemperatureFit Fit { get; }

    internal static TemperatureCalibrationTransformer Load(IHostEnvironment environment, ModelReader reader) => Read("the temperature", () =>
    {
        var values = reader.Values;
        string output = values.ReadString(), score = values.ReadString();
        bool softmax = values.ReadBoolean();
        var fit = new TemperatureFit(
            values.ReadDouble(), (TemperatureLimit)values.ReadInt32(), values.ReadInt32(), values.ReadDouble(), values.ReadDouble(), values.ReadDouble(), values.ReadDouble());
        return new TemperatureCalibrationTransformer(environment, output, score, softmax, fit);
    });

    private protected override ColumnAddingMapper Mapper(DataViewSchema inputSchema) =>
        new TemperatureMapper(inputSchema, ScoreColumn.Find(inputSchema, ScoreColumnName), Temperature, Softmax, OutputColumnName);

    private protected override void Save(ModelSaveContext ctx)
    {
        var values = new ModelWriter(ctx, Version).Values;
        values.Write(OutputColumnName);
        values.Write(ScoreColumnName);
        values.Write(Softmax);
        values.Write(Fit.Temperature);
        values.Write((int)Fit.Limit);
        values.Write(Fit.Iterations);
        values.Write(Fit.LossBefore);
        values.Write(Fit.LossAfter);
        values.Write(Fit.CalibrationErrorBefore);
        values.Write(Fit.CalibrationErrorAfter);
    }
}
