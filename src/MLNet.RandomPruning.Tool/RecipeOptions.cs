using System.CommandLine;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Torch;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tool;

/// <summary>The options that say how a network is trained, and on which share of the images.</summary>
internal sealed class RecipeOptions
{
    private readonly Option<int> _epochs;
    private readonly Option<int> _batch = ValueOption.Whole("--batch", "The number of images in a step.", 128, 1, 65_536);
    private readonly Option<double> _learningRate;
    private readonly Option<LearningRateSchedule> _schedule;
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
    private readonly Option<string> _gradientNorms = ValueOption.Choice(
        "--gradient-norms",
        "What is recorded of the gradient's norm, next to its mean over each epoch: steps, one number a step; layers, one number a layer; all: both. In the model's history and in --json.",
        "epochs", "epochs", "steps", "layers", "all");
    private readonly Option<double> _validation = CommonOptions.Validation(
        "The share of the training images, the last of them, that is held out and by which the best epoch is chosen; 0 for none, and then the last epoch is taken.");
    private readonly Option<int?> _patience = ValueOption.OptionalWhole("--early-stopping", "Stop after this many epochs in a row that were no better in validation. [default: off]", 1);
    private readonly Option<int?> _subset = CommonOptions.Subset("Train on");
    private readonly Option<bool> _noTest = new("--no-test") { Description = "Do not evaluate on the test images, and do not look for them." };
    private readonly Option<string> _engine = ValueOption.Choice(
        "--engine",
        "What trains: sparse, the built-in engine, which computes kept weights only; torchsharp, libtorch with pruned weights as zeros; auto: torchsharp where there is a CUDA device, sparse otherwise.",
        "auto", "auto", "sparse", "torchsharp");
    private readonly Option<string> _device = ValueOption.Parsed(
        "--device", "Where torchsharp computes: cpu, cuda, cuda:N or auto.", "NAME", "auto", name => TorchRuntime.IsDeviceName(name)
            ? name
            : throw new ArgumentException($"'{name}' is not a device: cpu, cuda, cuda:N (N from 0) and auto are."));
    private readonly Option<bool> _mixedPrecision = new("--mixed-precision") { Description = "Use bfloat16 where it makes training faster: sparse keeps activations in it from the forward to the backward pass, torchsharp runs convolutions in it. Weights have 32 bits." };
    private readonly Option<int?> _threads = CommonOptions.Threads("the model");

    private RecipeOptions(Option<int> epochs, double learningRate, LearningRateSchedule schedule)
    {
        _epochs = epochs;
        _learningRate = ValueOption.Decimal(
            "--lr", "The largest learning rate.", learningRate, value => value is > 0 and <= 1000, "a number above 0 and at most 1000");
        _schedule = ValueOption.Parsed(
            "--schedule",
            $"How the learning rate moves: {string.Join(", ", LearningRateSchedule.Names)}. multi-step divides it by 10 after half and after three quarters of the epochs; multi-step:80,120:0.2 names the epochs and the factor.",
            "NAME", schedule.Name, LearningRateSchedule.Parse);
    }

    /// <summary>The options of a training from scratch: the paper's recipe for CIFAR unless told otherwise.</summary>
    public static RecipeOptions Training() =>
        new(ValueOption.Whole("--epochs", "The number of passes over the training images.", 160, 1, 1_000_000), 0.1, new MultiStepSchedule());

    /// <summary>The options of a training that goes on from a pruned model: none unless told otherwise, and with small steps.</summary>
    public static RecipeOptions FineTuning() =>
        new(ValueOption.Whole("--epochs", "The number of passes over the training images after pruning, to regain accuracy; 0 for none.", 0, 0, 1_000_000), 0.01, new CosineSchedule());

    /// <summary>All options but those that say which images there are.</summary>
    public IReadOnlyList<Option> OfTraining =>
    [
        _epochs, _batch, _learningRate, _schedule, _warmup, _momentum, _noNesterov, _weightDecay, _labelSmoothing, _augmentation, _gradientNorms,
        _patience, _engine, _device, _mixedPrecision,
    ];

    /// <summary>The options that say how many of the images are trained on.</summary>
    public IReadOnlyList<Option> OfTrainingImages => [_validation, _subset, _threads];

    /// <summary>The option that leaves the test images alone.</summary>
    public Option NoTest => _noTest;

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (IEnumerable<Option>)[.. OfTraining, .. OfTrainingImages, _noTest])
        {
            command.Add(option);
        }
    }

    /// <summary>Which of the images are used.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="path">Where they are.</param>
    public DataSettings ReadData(ParseResult parsed, string path) =>
        new(path, parsed.GetValue(_validation), parsed.GetValue(_subset), parsed.GetValue(_noTest));

    /// <summary>How training images are varied; null to choose by the images.</summary>
    public Augmentation? ReadAugmentation(ParseResult parsed) => parsed.GetRequiredValue(_augmentation) switch
    {
        "reflect" => new Augmentation(paddingMode: PaddingMode.Reflect),
        "zero" => new Augmentation(paddingMode: PaddingMode.Zero),
        "none" => Augmentation.None,
        _ => null,
    };

    /// <summary>Reads the trainer's options, but for what depends on the images and the masks.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public RandomPrunedResNetTrainer.Options Read(ParseResult parsed)
    {
        int epochs = parsed.GetValue(_epochs), warmup = parsed.GetValue(_warmup);
        int? patience = parsed.GetValue(_patience);
        if (warmup > epochs)
        {
            throw new UsageException($"--warmup is {warmup}, but must be from 0 to the number of epochs, {epochs}.");
        }

        if (patience is not null && parsed.GetValue(_validation) == 0)
        {
            throw new UsageException($"--early-stopping is {patience}, but needs validation images; --validation is 0.");
        }

        string gradientNorms = parsed.GetRequiredValue(_gradientNorms);
        return new RandomPrunedResNetTrainer.Options
        {
            Epochs = epochs,
            BatchSize = parsed.GetValue(_batch),
            LearningRate = parsed.GetValue(_learningRate),
            LearningRateSchedule = parsed.GetRequiredValue(_schedule),
            WarmupEpochs = warmup,
            Momentum = parsed.GetValue(_momentum),
            Nesterov = !parsed.GetValue(_noNesterov),
            WeightDecay = parsed.GetValue(_weightDecay),
            LabelSmoothing = parsed.GetValue(_labelSmoothing),
            TrackStepGradientNorms = gradientNorms is "steps" or "all",
            TrackLayerGradientNorms = gradientNorms is "layers" or "all",
            EarlyStoppingPatience = patience,
            Engine = Enum.Parse<TrainingEngineKind>(parsed.GetRequiredValue(_engine), ignoreCase: true),
            Device = parsed.GetRequiredValue(_device),
            MixedPrecision = parsed.GetValue(_mixedPrecision),
            NumberOfThreads = parsed.GetValue(_threads) ?? Environment.ProcessorCount,
        };
    }
}
