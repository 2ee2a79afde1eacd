using System.CommandLine;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tool;

/// <summary>The options of <c>randprune prune</c>.</summary>
internal sealed class PruneOptions
{
    private const string DefaultOut = "pruned.zip";

    private readonly PruningOptions _pruning = PruningOptions.OfTrainedModel();
    private readonly RecipeOptions _recipe = RecipeOptions.FineTuning();
    private readonly Option<string?> _model = CommonOptions.Model();
    private readonly Option<string?> _data = CommonOptions.OptionalData(
        "Images of the model's size and classes, to evaluate with before and after pruning, to train on with --epochs, and to measure SNIP and GraSP on:");
    private readonly Option<string?> _out = ValueOption.File(
        "--out",
        $"Where the pruned model goes: an ML.NET model, with the pipeline that the network was a step of, or with the ending .safetensors the bare model file. [default: {DefaultOut}] modelBytes and modelSha256 are those of this file.");
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Adds the options to the command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_model);
        _pruning.AddTo(command);
        command.Add(_data);
        _recipe.AddTo(command);
        command.Add(_out);
        command.Add(_json);
    }

    /// <summary>Reads the options.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public PruneSettings Read(ParseResult parsed)
    {
        var pruning = _pruning.Read(parsed);
        string model = parsed.GetRequiredValue(_model)!;
        string path = parsed.GetValue(_out) ?? DefaultOut;
        string? data = parsed.GetValue(_data);
        if (Path.GetFullPath(path) == Path.GetFullPath(model))
        {
            throw new UsageException($"--out and --model are both '{path}'; name two files.");
        }

        var trainer = _recipe.Read(parsed);
        trainer.Seed = pruning.Seed;
        ThrowIfWithoutPurpose(parsed, pruning, data, fineTunes: trainer.Epochs > 0);
        return new PruneSettings
        {
            Model = model,
            Pruning = pruning,
            Data = data is null ? null : _recipe.ReadData(parsed, data),
            Out = path,
            Json = parsed.GetValue(_json),
            Augmentation = _recipe.ReadAugmentation(parsed),
            Trainer = trainer,
        };
    }

    private void ThrowIfWithoutPurpose(ParseResult parsed, PruningChoice pruning, string? data, bool fineTunes)
    {
        if (!fineTunes && parsed.FirstGiven(_recipe.OfTraining) is { } training)
        {
            throw new UsageException($"{training} is about training the pruned model, and --epochs, the number of passes over the images, is 0.");
        }

        if (data is null)
        {
            string? wanting = fineTunes ? "--epochs"
                : pruning.Ratio.NeedsTrainingImages ? $"{_pruning.RatioOption} {pruning.Ratio}"
                : parsed.FirstGiven([.. _recipe.OfTrainingImages, _recipe.NoTest]);
            if (wanting is not null)
            {
                throw new UsageException($"{wanting} takes images; name them with {_data.Name}.");
            }
        }
        else if (!fineTunes && !pruning.Ratio.NeedsTrainingImages && parsed.FirstGiven(_recipe.OfTrainingImages) is { } images)
        {
            throw new UsageException($"{images} is about training images, of which none are used: --epochs is 0, and {_pruning.RatioOption} {pruning.Ratio} is not measured on images.");
        }
    }
}

/// <summary>What <c>randprune prune</c> is to do.</summary>
internal sealed record PruneSettings
{
    /// <summary>The model's file.</summary>
    public required string Model { get; init; }

    /// <summary>How it is pruned.</summary>
    public required PruningChoice Pruning { get; init; }

    /// <summary>Which images; null for none.</summary>
    public DataSettings? Data { get; init; }

    /// <summary>Where the pruned model goes.</summary>
    public required string Out { get; init; }

    /// <summary>Whether the result is printed as JSON.</summary>
    public bool Json { get; init; }

    /// <summary>How training images are varied; null to choose by the images.</summary>
    public Augmentation? Augmentation { get; init; }

    /// <summary>The trainer's options, but for what depends on the images and the model; 0 epochs for no training.</summary>
    public required RandomPrunedResNetTrainer.Options Trainer { get; init; }
}
