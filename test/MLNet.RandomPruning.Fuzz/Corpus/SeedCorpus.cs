using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Fuzz.Corpus;

/// <summary>The sound files that mutated ones are made of: the same in every run.</summary>
internal sealed class SeedCorpus : IDisposable
{
    // Small files are quick to read.
    private const int Often = 20, Sometimes = 5, Seldom = 1;

    private readonly ModelTarget _models = new();
    private readonly ImportTarget _imports = new();
    private readonly MaskTarget _masks = new();
    private readonly StatesTarget _states = new();
    private readonly List<IDisposable> _owned = [];
    private readonly List<Seed> _seeds = [];

    public SeedCorpus()
    {
        var tiny = Network("ResNet-8-2", new ImageShape(1, 8, 8), 3);
        var small = Network("ResNet-8-4", new ImageShape(3, 16, 20), 6);
        var deep = Network("ResNet-20-4", new ImageShape(3, 8, 8), 10);
        var usual = Network("ResNet-20-16", new ImageShape(3, 32, 32), 10);

        AddModel("tiny, dense", NetworkMask.Dense(tiny), Often);
        AddModel("tiny, half", MaskGenerator.Generate(tiny, "ERK", 0.5, -3), Often);
        AddModel("small, ERK", MaskGenerator.Generate(small, "ERK", 0.8, 17), Often);
        AddModel("small, ERK, all of the history", MaskGenerator.Generate(small, "ERK", 0.9, 18), Often, History(small, 3, traced: true));
        AddModel("small, uniform, Bernoulli", MaskGenerator.Generate(small, "Uniform+", 0.5, -9, MaskSampling.Bernoulli), Sometimes);
        AddModel("small, custom", MaskGenerator.Generate(small, "Custom(conv=1,blocks.*=0.1)", 0, long.MaxValue), Sometimes);
        AddModel("small, 2:4", MaskGenerator.Generate(small, "Uniform", 0.5, 4, granularity: "2:4"), Sometimes);
        AddModel("small, blocks", MaskGenerator.Generate(small, "ERK", 0.6, 4, granularity: "2x3"), Sometimes);
        AddModel("small, kernels", MaskGenerator.Generate(small, "ERK", 0.6, 4, granularity: "Kernel"), Sometimes);
        AddModel("small, filters", MaskGenerator.Generate(small, "Uniform", 0.5, 4, granularity: "Filter"), Often);
        AddModel("small, channels", MaskGenerator.Generate(small, "Uniform", 0.5, 5, granularity: "Channel"), Sometimes);
        AddModel("small, measured densities", Measured(small), Sometimes);
        AddModel("small, packed", Packed(small, removesChannels: false), Often);
        AddModel("small, packed, channels removed", Packed(small, removesChannels: true), Often);
        AddModel("small, filters, packed", Unseeded(MaskGenerator.Generate(small, "Uniform", 0.5, 4, granularity: "Filter")), Sometimes);
        AddModel("deep, packed", Packed(deep, removesChannels: false), Sometimes);
        AddModel("usual, dense", NetworkMask.Dense(usual), Seldom);
        AddModel("usual, 50 %", MaskGenerator.Generate(usual, "ERK", 0.5, 1), Seldom);
        AddModel("usual, 90 %", MaskGenerator.Generate(usual, "ERK", 0.9, 1), Seldom, History(usual, 20, traced: false));
        AddModel("usual, 98 %", MaskGenerator.Generate(usual, "ERK", 0.98, 1), Sometimes);
        AddModel("usual, 98 %, packed", Unseeded(MaskGenerator.Generate(usual, "ERK", 0.98, 1)), Seldom);
        AddModel("small, float16", MaskGenerator.Generate(small, "ERK", 0.8, 17), Often, precision: ModelPrecision.Float16);
        AddModel("small, int8", MaskGenerator.Generate(small, "ERK", 0.8, 17), Often, precision: ModelPrecision.Int8);
        AddModel("small, int8, packed, channels removed", Packed(small, removesChannels: true), Sometimes, precision: ModelPrecision.Int8);
        AddModel("usual, 98 %, int8", MaskGenerator.Generate(usual, "ERK", 0.98, 1), Sometimes, precision: ModelPrecision.Int8);
        AddImport("import, small", MaskGenerator.Generate(small, "ERK", 0.8, 17), Often);
        AddImport("import, tiny, channels removed", Packed(tiny, removesChannels: true), Often);
        AddImport("import, deep", NetworkMask.Dense(deep), Seldom);
        AddMask("masks, ERK", MaskGenerator.Generate(small, "ERK", 0.8, 17), Often);
        AddMask("masks, Bernoulli", MaskGenerator.Generate(small, "Uniform", 0.5, 17, MaskSampling.Bernoulli), Sometimes);
        AddMask("masks, filters", MaskGenerator.Generate(small, "ERK", 0.7, 17, granularity: "Filter"), Sometimes);
        AddMask("masks, channels", MaskGenerator.Generate(small, "Uniform", 0.5, 5, granularity: "Channel"), Sometimes);
        AddMask("masks, packed, channels removed", Packed(small, removesChannels: true), Sometimes);
        AddMask("masks, dense", NetworkMask.Dense(tiny), Sometimes);
        AddMask("masks, usual, 98 %", MaskGenerator.Generate(usual, "ERK", 0.98, 1), Sometimes);
        AddStates("states", State(MaskGenerator.Generate(tiny, "ERK", 0.5, 2)), State(Packed(tiny, removesChannels: false)), Often);
        AddCheckpoint("checkpoint, masks that stay", State(MaskGenerator.Generate(tiny, "ERK", 0.5, 2)), "Static", Seldom);
        AddCheckpoint("checkpoint, masks that change", State(MaskGenerator.Generate(tiny, "Uniform", 0.5, 2)), "SET(drop=0.4,interval=2)", Seldom);
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<Seed> Seeds => _seeds;

    /// <summary>Adds the files of a folder.</summary>
    /// <exception cref="InvalidDataException">One of them cannot be read; the message names it.</exception>
    public void AddFolder(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            byte[] file = File.ReadAllBytes(path);
            FuzzTarget target = SafetensorsReader.Read(new MemoryStream(file)).Metadata.GetValueOrDefault("format") == "MLNet.RandomPruning mask" ? _masks : _models;
            try
            {
                object loaded = target.Load(new MemoryStream(file));
                Add(Path.GetRelativePath(folder, path), target, file, (loaded as TrainedModel)?.Network ?? (loaded as NetworkMask)?.Network, Sometimes);
            }
            catch (InvalidDataException error)
            {
                throw new InvalidDataException($"'{path}' cannot be a seed: {error.Message}", error);
            }
        }
    }

    /// <summary>One of them by its weight.</summary>
    public Seed Pick(FuzzRandom random)
    {
        int left = random.Next(_seeds.Sum(seed => seed.Weight));
        return _seeds.First(seed => (left -= seed.Weight) < 0);
    }

    public void Dispose() => _owned.ForEach(owned => owned.Dispose());

    private void AddModel(
        string name, NetworkMask mask, int weight, IReadOnlyList<EpochMetrics>? history = null, ModelPrecision precision = ModelPrecision.Float32) =>
        Add(name, _models, ModelTarget.Save(Model(mask, history), precision), mask.Network, weight);

    private void AddImport(string name, NetworkMask mask, int weight) => Add(name, _imports, ImportTarget.Export(Model(mask, [])), mask.Network, weight);

    private void AddMask(string name, NetworkMask mask, int weight) => Add(name, _masks, MaskTarget.Save(mask), mask.Network, weight);

    private void AddStates(string name, NetworkState state, NetworkState best, int weight) => Add(name, _states, StatesTarget.Save([state, best]), state.Network, weight);

    private void AddCheckpoint(string name, NetworkState initial, string schedule, int weight)
    {
        var target = new CheckpointTarget(initial, schedule);
        _owned.Add(target);
        Add(name, target, target.Make(), initial.Network, weight);
    }

    private void Add(string name, FuzzTarget target, byte[] file, Network? network, int weight) =>
        _seeds.Add(new Seed(name, target, file, [.. network?.WeightLayers.Select(layer => layer.Name) ?? []], weight));

    private static Network Network(string name, ImageShape shape, int classes) => ResNet.Parse(name).Build(shape, classes);

    private static TrainedModel Model(NetworkMask mask, IReadOnlyList<EpochMetrics>? history)
    {
        int channels = mask.Network.InputShape.Channels;
        string[] names = ["cat", "dog", "", "\"quoted\"", "žluťoučký kůň", "鳥", "🜂", "a\tb", "last but two", "9"];
        return new TrainedModel(
            State(mask), new PixelNormalization(Enumerable.Repeat(0.4914f, channels).ToArray(), Enumerable.Repeat(0.2023f, channels).ToArray()), names[..mask.Network.ClassCount],
            history ?? History(mask.Network, 2, traced: false));
    }

    private static EpochMetrics[] History(Network network, int epochs, bool traced) =>
    [
        .. Enumerable.Range(1, epochs).Select(epoch => new EpochMetrics
        {
            Epoch = epoch, LearningRate = 0.1 / epoch, TrainLoss = 1.0 / 3, TrainAccuracy = 0.5, GradientNorm = 1e-300,
            ValidationLoss = epoch == 1 ? null : epoch == 2 ? double.PositiveInfinity : 0.25, ValidationAccuracy = epoch == 1 ? null : 0.625,
            StepGradientNorms = traced ? [1, 0.5, 1e-9, 0] : null,
            LayerGradientNorms = traced ? network.WeightLayers.ToDictionary(layer => layer.Name, _ => 0.125) : null,
            Density = traced ? 0.5 : null, MaskOverlap = traced ? 1 : null,
        }),
    ];

    private static NetworkState State(NetworkMask mask)
    {
        var state = new NetworkState(mask);
        foreach (var tensor in state.Tensors)
        {
            var random = new KeyedRandom(1, RandomPurpose.Initialization, tensor.Name);
            foreach (ref float value in tensor.Values.AsSpan())
            {
                value = tensor.Kind == StateTensorKind.RunningVariance ? (float)random.NextDouble(0.1, 2) : (float)random.NextGaussian() * 0.3f;
            }
        }

        return state;
    }

    // Masks as if their densities had been measured on images.
    private static NetworkMask Measured(Network network) => MaskGenerator.Regenerate(
        network, new MaskOrigin("SNIP", 0.7, 5, MaskSampling.Exact) { LayerDensities = [.. network.WeightLayers.Select((_, index) => 0.2 + 0.02 * index)] });

    private static NetworkMask Unseeded(NetworkMask mask) => new(mask.Network, mask.Layers) { RemovesChannels = mask.RemovesChannels };

    // Masks that no seed makes, with one layer dense and, where channels stay, one empty.
    private static NetworkMask Packed(Network network, bool removesChannels)
    {
        var random = new KeyedRandom(1, RandomPurpose.Mask);
        return new NetworkMask(
            network,
            [
                .. network.WeightLayers.Select((layer, index) => index switch
                {
                    2 => WeightMask.Dense(layer),
                    3 when !removesChannels => WeightMask.FromIndices(layer, []),
                    _ => WeightMask.FromIndices(layer, [.. Enumerable.Range(0, layer.WeightCount).Where(weight => random.NextInt(5) == 0 && (!removesChannels || weight / layer.FanIn > 0))]),
                }),
            ])
        {
            RemovesChannels = removesChannels,
        };
    }
}
