using System.CommandLine;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tool;

/// <summary>The options of <c>randprune train</c>.</summary>
internal sealed class TrainOptions
{
    private const string DefaultOut = "model.zip";

    private readonly PruningOptions _pruning = PruningOptions.OfNewNetwork();
    private readonly RecipeOptions _recipe = RecipeOptions.Training();
    private readonly Option<string?> _data = CommonOptions.Data();
    private readonly Option<string?> _mask = ValueOption.File(
        "--mask", "Train with the masks of this mask file, which randprune mask writes, instead of making some; its network is the default of --network.");
    private readonly Option<MaskSchedule> _maskSchedule = ValueOption.Parsed(
        "--mask-schedule",
        "Whether and how the masks change in training. Static: not at all. Gradual: training starts dense, and weights go at random along a cubic schedule between two epochs. SET, RigL: at a constant density, weights with the smallest magnitudes are dropped and as many grown elsewhere, at random (SET) or where the gradient is largest (RigL). With settings: Gradual(start=0,end=80,interval=100), SET(drop=0.3,interval=100,stop=120), RigL(drop=0.3,interval=100,stop=120): epochs, and steps between two changes.",
        "NAME", MaskSchedule.Static.Name, MaskSchedule.Parse);
    private readonly Option<string?> _from = ValueOption.File(
        "--from", "Go on training this model, with its network, masks and pixel normalisation, for --epochs more; an ML.NET model (.zip, .mlnet) or a bare model file (.safetensors).");
    private readonly Option<WeightInitializer> _initializer = ValueOption.Parsed(
        "--initializer", $"How the first weights are drawn: {string.Join(", ", WeightInitializer.Names)}.", "NAME",
        WeightInitializer.KaimingNormal.Name, WeightInitializer.Parse);
    private readonly Option<string?> _out = ValueOption.File(
        "--out",
        $"Where the model goes: an ML.NET model, which mlContext.Model.Load reads, or with the ending .safetensors the bare model file. [default: {DefaultOut}] The same training writes the same bytes; modelBytes and modelSha256 are those of this file.");
    private readonly Option<string?> _checkpoint = ValueOption.File("--checkpoint", "A file that takes a checkpoint after each epoch and when training is stopped. [default: none]");
    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Go on from --checkpoint, to the same bits as a run that never stopped; from the beginning where there is no checkpoint yet. The other options must be those of the run that wrote it.",
    };
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Adds the options to the command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_data);
        _pruning.AddTo(command);
        command.Add(_mask);
        command.Add(_maskSchedule);
        command.Add(_from);
        command.Add(_initializer);
        _recipe.AddTo(command);
        foreach (Option option in new Option[] { _out, _checkpoint, _resume, _json })
        {
            command.Add(option);
        }
    }

    /// <summary>Reads the options.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public TrainSettings Read(ParseResult parsed)
    {
        string? checkpoint = parsed.GetValue(_checkpoint), mask = parsed.GetValue(_mask), from = parsed.GetValue(_from);
        bool resume = parsed.GetValue(_resume);
        if (resume && checkpoint is null)
        {
            throw new UsageException("--resume goes on from a checkpoint; name it with --checkpoint.");
        }

        ThrowIfBesidesAFile(parsed, mask, from);
        string path = parsed.GetValue(_out) ?? DefaultOut;
        if (checkpoint is not null && Path.GetFullPath(checkpoint) == Path.GetFullPath(path))
        {
            throw new UsageException($"--out and --checkpoint are both '{path}'; name two files.");
        }

        var pruning = _pruning.Read(parsed);
        var trainer = _recipe.Read(parsed);
        trainer.Network = pruning.Network!.ToString();
        trainer.LayerwiseRatio = pruning.Ratio;
        trainer.Sparsity = pruning.Sparsity;
        trainer.Granularity = pruning.Granularity;
        trainer.MaskSampling = pruning.Sampling;
        trainer.Seed = pruning.Seed;
        trainer.MaskSchedule = parsed.GetRequiredValue(_maskSchedule);
        trainer.Initializer = parsed.GetRequiredValue(_initializer);
        trainer.CheckpointPath = checkpoint;
        trainer.ResumeFromCheckpoint = resume;
        return new TrainSettings
        {
            Data = _recipe.ReadData(parsed, parsed.GetRequiredValue(_data)!),
            MaskFile = mask,
            IsNetworkGiven = parsed.IsGiven(_pruning.Network),
            ModelFile = from,
            Out = path,
            Json = parsed.GetValue(_json),
            Augmentation = _recipe.ReadAugmentation(parsed),
            Trainer = trainer,
        };
    }

    private void ThrowIfBesidesAFile(ParseResult parsed, string? mask, string? from)
    {
        if (from is not null && parsed.FirstGiven([.. _pruning.AllButSeed, _mask, _initializer]) is { } unwanted)
        {
            throw new UsageException($"{unwanted} and {_from.Name} are both given, but {_from.Name} goes on with the network, the masks and the weights of '{from}'; leave one out. To prune a model further there is randprune prune.");
        }

        if (mask is not null && parsed.FirstGiven(_pruning.OfMasks) is { } making)
        {
            throw new UsageException($"{making} and {_mask.Name} are both given, but the masks of '{mask}' are there already; leave one out.");
        }
    }
}

/// <summary>What <c>randprune train</c> is to do.</summary>
internal sealed record TrainSettings
{
    /// <summary>Which images.</summary>
    public required DataSettings Data { get; init; }

    /// <summary>The file with the masks; null to make them.</summary>
    public string? MaskFile { get; init; }

    /// <summary>Whether the network was named, rather than being the default.</summary>
    public bool IsNetworkGiven { get; init; }

    /// <summary>The model to go on from; null to start anew.</summary>
    public string? ModelFile { get; init; }

    /// <summary>Where the model goes.</summary>
    public required string Out { get; init; }

    /// <summary>Whether the result is printed as JSON.</summary>
    public bool Json { get; init; }

    /// <summary>How training images are varied; null to choose by the images.</summary>
    public Augmentation? Augmentation { get; init; }

    /// <summary>The trainer's options, but for what depends on the images and on files.</summary>
    public required RandomPrunedResNetTrainer.Options Trainer { get; init; }
}
