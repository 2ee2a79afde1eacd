using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Rows;
using MLNet.RandomPruning.Scoring;

namespace MLNet.RandomPruning;

/// <summary>
/// A trained, randomly pruned network in an ML.NET pipeline: adds <c>PredictedLabel</c>, a key with the key values of the label,
/// and <c>Score</c>, the probability of each class, and the logits on request (<see cref="WithLogits"/>). Immutable; any number of threads may score with one transformer, each
/// through a cursor or prediction engine of its own. Data is scored in batches, when the scores are read.
/// </summary>
public sealed partial class RandomPrunedResNetTransformer : ISingleFeaturePredictionTransformer<TrainedModel>
{
    internal const string LoaderSignature = "RandomPrunedResNet";
    internal static readonly ModelVersion Version =
        new(Signature: "RNDPRUNE", Written: 0x00010002, Readable: 0x00010002, ReadsBackTo: 0x00010001, LoaderSignature);

    private const string ModelEntry = "Model.safetensors";

    // Since 0x00010002, and only where there is such a column.
    private const string LogitsEntry = "LogitsColumn";

    private readonly IHost _host;
    private readonly ClassScorer _scorer;

    internal RandomPrunedResNetTransformer(
        IHostEnvironment environment, TrainedModel model, ClassLabels labels, ScoringColumns columns, DataViewType? featureColumnType = null)
    {
        _host = environment.Register(nameof(RandomPrunedResNetTransformer));
        _scorer = new ClassScorer(model, labels, columns);
        var shape = model.Network.InputShape;
        FeatureColumnType = featureColumnType ?? new VectorDataViewType(NumberDataViewType.Byte, shape.Channels, shape.Height, shape.Width);
    }

    /// <summary>The network, its masks, kept weights and per-layer densities, and what each epoch of training found.</summary>
    public TrainedModel Model => _scorer.Model;

    /// <summary>The column with the images.</summary>
    public string FeatureColumnName => _scorer.Columns.Feature;

    /// <summary>The column that held the labels in training; scoring does not need it.</summary>
    public string LabelColumnName => _scorer.Columns.Label;

    /// <summary>The column of logits that is added, a vector of Single with a slot a class; null for none.</summary>
    public string? LogitsColumnName => _scorer.Columns.Logits;

    /// <summary>
    /// The type of the column with the images in training; of a loaded model a vector of Byte [channel][row][column]. Data to score
    /// may hold images of the same size in any form that the trainer reads.
    /// </summary>
    public DataViewType FeatureColumnType { get; }

    /// <summary>True: each row is scored by itself.</summary>
    public bool IsRowToRowMapper => true;

    /// <summary>The schema of scored data.</summary>
    /// <exception cref="ArgumentException">The feature column is missing or does not hold images of the network's shape.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Mapper(inputSchema).OutputSchema;

    /// <summary>Adds scores to data, in batches and when they are read.</summary>
    /// <exception cref="ArgumentException">The feature column is missing or does not hold images of the network's shape.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ColumnAddingDataView(Mapper(input.Schema), input);
    }

    /// <summary>What scores single rows, for prediction engines.</summary>
    /// <exception cref="ArgumentException">The feature column is missing or does not hold images of the network's shape.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => Mapper(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        var writer = new ModelWriter(ctx, Version);
        writer.Values.Write(FeatureColumnName);
        writer.Values.Write(LabelColumnName);
        writer.Values.Write(_scorer.Columns.Pixels.Minimum);
        writer.Values.Write(_scorer.Columns.Pixels.Maximum);
        writer.Values.Write(_scorer.Columns.Pixels.Interleaved);
        _scorer.Labels.Save(writer.Values);
        writer.Entry(ModelEntry, entry =>
        {
            entry.Flush();
            Model.Save(entry.BaseStream);
        });
        if (LogitsColumnName is { } logits)
        {
            writer.Entry(LogitsEntry, entry => entry.Write(logits));
        }
    }

    internal static RandomPrunedResNetTransformer Load(IHostEnvironment environment, ModelReader reader)
    {
        var model = reader.Entry(ModelEntry, stream => TrainedModel.Load(stream));
        try
        {
            var values = reader.Values;
            string feature = values.ReadString(), label = values.ReadString();
            var pixels = new PixelOptions(values.ReadSingle(), values.ReadSingle(), values.ReadBoolean());
            pixels.Validate();
            ArgumentException.ThrowIfNullOrEmpty(feature);
            string? logits = reader.EntryOrNull(LogitsEntry, entry => entry.ReadString());
            ScoringColumns.CheckLogits(logits);
            return new RandomPrunedResNetTransformer(
                environment, model, ClassLabels.Load(values, model.Network.ClassCount), new ScoringColumns(feature, label, pixels, logits));
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException or DecoderFallbackException)
        {
            throw new InvalidDataException($"The model file is corrupt: the columns of the randomly pruned ResNet cannot be read. {e.Message}", e);
        }
    }

    /// <summary>What scores, for those who score otherwise than through columns.</summary>
    internal ClassScorer Scorer => _scorer;

    private ScoreMapper Mapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new ScoreMapper(_host, _scorer, inputSchema);
    }
}
