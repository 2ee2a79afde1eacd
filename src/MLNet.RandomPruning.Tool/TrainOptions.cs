using System.CommandLine;
using Microsoft.ML;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Torch;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tool;

/// <summary>The options of <c>randprune train</c>.</summary>
internal sealed class TrainOptions
{
    private const string DefaultOut = "model.zip";

    private readonly PruningOptions _pruning = new();
    private readonly Option<string?> _data = CommonOptions.Data();
    private readonly Option<string?> _out = ValueOption.File(
        "--out",
        $"Where the model goes: an ML.NET model, which mlContext.Model.Load reads, or with the ending .safetensors the bare model file. [default: {DefaultOut}] The same training writes the same bytes; modelBytes and modelSha256 are those of this file.");
    private readonly Option<int> _epochs = ValueOption.Whole("--epochs", "The number of passes over the training images.", 160, 1, 1_000_000);
    private readonly Option<int> _batch = ValueOption.Whole("--batch", "The number of images in a step.", 128, 1, 65_536);
    private readonly Option<double> _learningRate = ValueOption.Decimal(
        "--lr", "The largest learning rate.", 0.1, value => value is > 0 and <= 1000, "a number above 0 and at most 1000");
    private readonly Option<LearningRateSchedule> _schedule = ValueOption.Parsed(
        "--schedule",
        $"How the learning rate moves: {string.Join(", ", LearningRateSchedule.Names)}. multi-step divides it by 10 after half and after three quarters of the epochs; multi-step:80,120:0.2 names the epochs and the factor.",
        "NAME", new MultiStepSchedule().Name, LearningRateSchedule.Parse);
    private readonly Option<int> _warmup = ValueOption.Whole("--warmup", "The number of epochs over which the learning rate rises to the schedule's; at most --epochs.", 0, 0, 1_000_000);
    private readonly Option<double> _momentum = ValueOption.Decimal(
        "--momentum", "The momentum.", 0.9, value => value is >= 0 and < 1, "a number from 0 to below 1");
    private readonly Option<bool> _noNesterov = new("--no-nesterov") { Description = "Plain momentum instead of Nesterov's." };
    private readonly Option<double> _weightDecay = ValueOption.Decimal(
        "--weight-decay", "The weight decay.", 5e-4, value => value is >= 0 and <= 1, "a number from 0 to 1");
    private readonly Option<double> _labelSmoothing = ValueOption.Decimal(
        "--label-smoothing", "The share of the target that is spread evenly over all classes.", 0, value => value is >= 0 and < 1, "a number from 0 to below 1");
    private readonly Option<string> _augmentation = ValueOption.Choice(
        "--augmentation",
        "How training images are varied. reflect, zero: shifted by up to 4 pixels, with the edge mirrored or black beyond it, and mirrored left to right; none: not at all; auto: as the paper does, zero for CIFAR-100 and reflect otherwise.",
        "auto", "auto", "reflect", "zero", "none");
    private readonly Option<WeightInitializer> _initializer = ValueOption.Parsed(
        "--initializer", $"How the first weights are drawn: {string.Join(", ", WeightInitializer.Names)}.", "NAME",
        WeightInitializer.KaimingNormal.Name, WeightInitializer.Parse);
    private readonly Option<string> _gradientNorms = ValueOption.Choice(
        "--gradient-norms",
        "What is recorded of the gradient's norm, next to its mean over each epoch: steps, one number a step; layers, one number a layer; all: both. In the model's history and in --json.",
        "epochs", "epochs", "steps", "layers", "all");
    private readonly Option<double> _validation = CommonOptions.Validation(
        "The share of the training images, the last of them, that is held out and by which the best epoch is chosen; 0 for none, and then the last epoch is taken.");
    private readonly Option<int?> _patience = ValueOption.OptionalWhole("--early-stopping", "Stop after this many epochs in a row that were no better in validation. [default: off]", 1);
    private readonly Option<int?> _subset = CommonOptions.Subset("Train on");
    private readonly Option<bool> _noTest = new("--no-test") { Description = "Do not evaluate on the test images at the end, and do not look for them." };
    private readonly Option<string> _engine = ValueOption.Choice(
        "--engine",
        "What trains: sparse, the built-in engine, which computes kept weights only; torchsharp, libtorch with pruned weights as zeros; auto: torchsharp where there is a CUDA device, sparse otherwise.",
        "auto", "auto", "sparse", "torchsharp");
    private readonly Option<string> _device = ValueOption.Parsed(
        "--device", "Where torchsharp computes: cpu, cuda, cuda:N or auto.", "NAME", "auto", name => TorchRuntime.IsDeviceName(name)
            ? name
            : throw new ArgumentException($"'{name}' is not a device: cpu, cuda, cuda:N (N from 0) and auto are."));
    private readonly Option<bool> _mixedPrecision = new("--mixed-precision") { Description = "torchsharp runs convolutions in bfloat16, with 32-bit weights beside them." };
    private readonly Option<int?> _threads = CommonOptions.Threads("the model");
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
        foreach (Option option in new Option[]
        {
            _epochs, _batch, _learningRate, _schedule, _warmup, _momentum, _noNesterov, _weightDecay, _labelSmoothing, _augmentation,
            _initializer, _gradientNorms, _validation, _patience, _subset, _noTest, _engine, _device, _mixedPrecision, _threads, _out, _checkpoint, _resume, _json,
        })
        {
            command.Add(option);
        }
    }

    /// <summary>Reads the options.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public TrainSettings Read(ParseResult parsed)
    {
        var pruning = _pruning.Read(parsed);
        string? checkpoint = parsed.GetValue(_checkpoint);
        bool resume = parsed.GetValue(_resume);
        int epochs = parsed.GetValue(_epochs), warmup = parsed.GetValue(_warmup);
        double validation = parsed.GetValue(_validation);
        int? patience = parsed.GetValue(_patience);
        if (resume && checkpoint is null)
        {
            throw new UsageException("--resume goes on from a checkpoint; name it with --checkpoint.");
        }

        if (warmup > epochs)
        {
            throw new UsageException($"--warmup is {warmup}, but must be from 0 to the number of epochs, {epochs}.");
        }

        if (patience is not null && validation == 0)
        {
            throw new UsageException($"--early-stopping is {patience}, but needs validation images; --validation is 0.");
        }

        string gradientNorms = parsed.GetRequiredValue(_gradientNorms);
        string path = parsed.GetValue(_out) ?? DefaultOut;
        if (checkpoint is not null && Path.GetFullPath(checkpoint) == Path.GetFullPath(path))
        {
            throw new UsageException($"--out and --checkpoint are both '{path}'; name two files.");
        }

        return new TrainSettings
        {
            Data = parsed.GetRequiredValue(_data)!,
            Out = path,
            Validation = validation,
            Subset = parsed.GetValue(_subset),
            NoTest = parsed.GetValue(_noTest),
            Json = parsed.GetValue(_json),
            Augmentation = parsed.GetRequiredValue(_augmentation) switch
            {
                "reflect" => new Augmentation(paddingMode: PaddingMode.Reflect),
                "zero" => new Augmentation(paddingMode: PaddingMode.Zero),
                "none" => Augmentation.None,
                _ => null,
            },
            Trainer = new RandomPrunedResNetTrainer.Options
            {
                Network = pruning.Network.ToString(),
                LayerwiseRatio = pruning.Ratio,
                Sparsity = pruning.Sparsity,
                MaskSampling = pruning.Sampling,
                Seed = pruning.Seed,
                Epochs = epochs,
                BatchSize = parsed.GetValue(_batch),
                LearningRate = parsed.GetValue(_learningRate),
                LearningRateSchedule = parsed.GetRequiredValue(_schedule),
                WarmupEpochs = warmup,
                Momentum = parsed.GetValue(_momentum),
                Nesterov = !parsed.GetValue(_noNesterov),
                WeightDecay = parsed.GetValue(_weightDecay),
                LabelSmoothing = parsed.GetValue(_labelSmoothing),
                Initializer = parsed.GetRequiredValue(_initializer),
                TrackStepGradientNorms = gradientNorms is "steps" or "all",
                TrackLayerGradientNorms = gradientNorms is "layers" or "all",
                EarlyStoppingPatience = patience,
                Engine = Enum.Parse<TrainingEngineKind>(parsed.GetRequiredValue(_engine), ignoreCase: true),
                Device = parsed.GetRequiredValue(_device),
                MixedPrecision = parsed.GetValue(_mixedPrecision),
                NumberOfThreads = parsed.GetValue(_threads) ?? Environment.ProcessorCount,
                CheckpointPath = checkpoint,
                ResumeFromCheckpoint = resume,
            },
        };
    }
}

/// <summary>What <c>randprune train</c> is to do.</summary>
internal sealed record TrainSettings
{
    /// <summary>Which images.</summary>
    public required string Data { get; init; }

    /// <summary>Where the model goes.</summary>
    public required string Out { get; init; }

    /// <summary>The share of the training images that is held out for validation.</summary>
    public required double Validation { get; init; }

    /// <summary>How many of the training images are used; null for all.</summary>
    public int? Subset { get; init; }

    /// <summary>Whether the test images are left alone.</summary>
    public bool NoTest { get; init; }

    /// <summary>Whether the result is printed as JSON.</summary>
    public bool Json { get; init; }

    /// <summary>How training images are varied; null to choose by the images.</summary>
    public Augmentation? Augmentation { get; init; }

    /// <summary>The trainer's options, but for what depends on the images.</summary>
    public required RandomPrunedResNetTrainer.Options Trainer { get; init; }
}
