using System.Text.Json;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Training;

/// <summary>
/// Where a training is kept while it runs: one safetensors file with the weights at hand, the momentum and the best weights, and
/// in its metadata the position, the history and what all of it belongs to. It is always whole: a new one takes the place of the
/// old one only when it is complete.
/// </summary>
/// <param name="path">Where it is.</param>
/// <param name="identity">What it belongs to.</param>
/// <param name="masks">The masks that training begins with, and the target of those that change.</param>
/// <param name="masksChange">Whether masks change in training; the file then holds those of its weights, packed.</param>
internal sealed class CheckpointFile(string path, CheckpointIdentity identity, (NetworkMask First, NetworkMask Target) masks, bool masksChange)
{
    private const string FormatKey = "format", Format = "MLNet.RandomPruning training checkpoint 1";
    private const string IdentityKey = "identity", ProgressKey = "progress";
    private const string StepNormsKey = "stepGradientNorms", LayerNormSumsKey = "layerGradientNormSums";
    private const string BestHasOwnMasksKey = "bestHasOwnMasks";
    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(5_000_000);

    private const string MomentumPrefix = "momentum.", BestPrefix = "best.";

    public bool Exists => File.Exists(path);

    /// <summary>Finds out before hours of training whether a file can be made there.</summary>
    /// <exception cref="IOException">It cannot.</exception>
    public void ThrowIfNotWritable() => AtomicFile.ThrowIfNotWritable(path, "checkpoint");

    /// <summary>Writes a checkpoint of a run whose weights are captured.</summary>
    /// <exception cref="IOException">It cannot be written; an earlier checkpoint is as it was.</exception>
    public void Save(TrainingRun run)
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata(FormatKey, Format);
        writer.AddMetadata(IdentityKey, MetadataJson.Write(json =>
        {
            json.WriteStartObject();
            foreach (var (name, text) in identity.Facts)
            {
                json.WriteString(name, text);
            }

            json.WriteEndObject();
        }));
        writer.AddMetadata(ProgressKey, MetadataJson.Write(json => WriteProgress(json, run)));
        if (masksChange)
        {
            NetworkStateSerializer.WriteMask(writer, run.Current.Mask);
            if (BestHasOwnMasks(run))
            {
                NetworkStateSerializer.WriteMask(writer, run.Best.Mask, BestPrefix);
            }
        }

        NetworkStateSerializer.Write(writer, "", run.Current);
        NetworkStateSerializer.Write(writer, MomentumPrefix, run.Momentum);
        if (run.BestEpoch > 0)
        {
            NetworkStateSerializer.Write(writer, BestPrefix, run.Best);
        }

        writer.AddDigest();
        AtomicFile.Write(path, "checkpoint", writer.WriteTo);
    }

    /// <summary>Reads the run back.</summary>
    /// <exception cref="InvalidDataException">It is no checkpoint, was damaged, or belongs to another training; the message says what differs.</exception>
    public TrainingRun Load()
    {
        try
        {
            using var file = File.OpenRead(path);
            var reader = SafetensorsReader.Read(file);
            if (!reader.Metadata.TryGetValue(FormatKey, out string? format) || format != Format)
            {
                throw new InvalidDataException($"it is not a file of the format '{Format}'");
            }

            reader.VerifyDigest();
            var saved = MetadataJson.Read(reader, IdentityKey, json => new CheckpointIdentity(
                [.. json.EnumerateObject().Select(fact => new KeyValuePair<string, string>(fact.Name, fact.Value.GetString() ?? ""))]));
            if (identity.DifferencesFrom(saved) is { } differences)
            {
                throw new InvalidDataException(
                    $"it belongs to another training: {differences}. Go on with the same network, masks, data and recipe, or start anew with another checkpoint path");
            }

            return MetadataJson.Read(reader, ProgressKey, json => ReadProgress(json, reader));
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"The checkpoint '{path}' cannot be used: {SafetensorsReader.Readable(error.Message).TrimEnd('.')}.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The checkpoint '{path}' cannot be read: {error.Message}", error);
        }
    }

    // Numbers are written in the shortest form that reads back as the same double, so that no bit is lost.
    private void WriteProgress(Utf8JsonWriter json, TrainingRun run)
    {
        json.WriteStartObject();
        json.WriteNumber("epoch", run.Epoch);
        json.WriteNumber("step", run.Step);
        json.WriteNumber("images", run.Sums.Images);
        json.WriteNumber("correct", run.Sums.Correct);
        json.WriteNumber("loss", run.Sums.Loss);
        json.WriteNumber("gradientNorm", run.Sums.GradientNorm);
        if (run.GradientNorms.Steps.Count > 0)
        {
            GradientNormJson.WriteNumbers(json, StepNormsKey, run.GradientNorms.Steps);
        }

        if (Array.Exists(run.GradientNorms.LayerSums, sum => sum != 0))
        {
            GradientNormJson.WriteNumbers(json, LayerNormSumsKey, run.GradientNorms.LayerSums);
        }

        json.WriteNumber("bestEpoch", run.BestEpoch);
        if (masksChange)
        {
            json.WriteBoolean(BestHasOwnMasksKey, BestHasOwnMasks(run));
        }

        json.WriteNumber("elapsedTicks", run.Elapsed.Ticks);
        json.WriteStartArray("history");
        foreach (var epoch in run.History)
        {
            json.WriteStartObject();
            json.WriteNumber("learningRate", epoch.LearningRate);
            json.WriteNumber("trainLoss", epoch.TrainLoss);
            json.WriteNumber("trainAccuracy", epoch.TrainAccuracy);
            if (epoch is { ValidationLoss: { } loss, ValidationAccuracy: { } accuracy })
            {
                json.WriteNumber("validationLoss", loss);
                json.WriteNumber("validationAccuracy", accuracy);
            }

            json.WriteNumber("gradientNorm", epoch.GradientNorm);
            GradientNormJson.Write(json, epoch);
            MaskFiguresJson.Write(json, epoch);
            json.WriteNumber("imagesPerSecond", epoch.ImagesPerSecond);
            json.WriteNumber("elapsedTicks", epoch.Elapsed.Ticks);
            json.WriteNumber("remainingTicks", epoch.Remaining.Ticks);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private TrainingRun ReadProgress(JsonElement json, SafetensorsReader reader)
    {
        var history = MetadataJson.Items(MetadataJson.Property(json, "history")).Select((epoch, index) => new EpochMetrics
        {
            Epoch = index + 1,
            LearningRate = Number(epoch, "learningRate"),
            TrainLoss = Number(epoch, "trainLoss"),
            TrainAccuracy = Number(epoch, "trainAccuracy"),
            ValidationLoss = epoch.TryGetProperty("validationLoss", out var loss) ? MetadataJson.Finite(loss) : null,
            ValidationAccuracy = epoch.TryGetProperty("validationAccuracy", out var accuracy) ? MetadataJson.Finite(accuracy) : null,
            GradientNorm = Number(epoch, "gradientNorm"),
            StepGradientNorms = GradientNormJson.ReadSteps(epoch),
            LayerGradientNorms = GradientNormJson.ReadLayers(epoch),
            Density = MaskFiguresJson.ReadDensity(epoch),
            MaskOverlap = MaskFiguresJson.ReadOverlap(epoch),
            ImagesPerSecond = Number(epoch, "imagesPerSecond"),
            Elapsed = Time(epoch, "elapsedTicks"),
            Remaining = Time(epoch, "remainingTicks"),
        }).ToList();

        int epochUnderWay = Whole(json, "epoch"), step = Whole(json, "step"), bestEpoch = Whole(json, "bestEpoch");
        if (epochUnderWay != history.Count + 1 || step < 0 || bestEpoch < 0 || bestEpoch > history.Count || (bestEpoch == 0 && history.Count > 0 && !masksChange))
        {
            throw new FormatException($"epoch {epochUnderWay}, step {step} and best epoch {bestEpoch} do not fit a history of {history.Count} epochs");
        }

        var mask = masksChange ? ReadMask(reader, "") : masks.First;
        var bestMask = masksChange && bestEpoch > 0 && MetadataJson.Property(json, BestHasOwnMasksKey).GetBoolean() ? ReadMask(reader, BestPrefix) : mask;
        var run = new TrainingRun(NetworkStateSerializer.Read(reader, "", mask))
        {
            Epoch = epochUnderWay,
            Step = step,
            Sums = ReadSums(json, step),
            History = history,
            BestEpoch = bestEpoch,
            Elapsed = Time(json, "elapsedTicks"),
            Momentum = NetworkStateSerializer.Read(reader, MomentumPrefix, mask),
            Best = bestEpoch > 0 ? NetworkStateSerializer.Read(reader, BestPrefix, bestMask) : new NetworkState(mask),
        };
        ReadGradientNorms(json, run);
        return run;
    }

    // No image is counted before a step is done, and none is right that was not seen.
    private static EpochSums ReadSums(JsonElement json, int step)
    {
        int images = Whole(json, "images"), correct = Whole(json, "correct");
        return images >= step && (step > 0 || images == 0) && correct >= 0 && correct <= images
            ? new EpochSums(images, correct, Number(json, "loss"), Number(json, "gradientNorm"))
            : throw new FormatException($"{images} images, {correct} of them classified correctly, do not fit {step} steps");
    }

    private static bool BestHasOwnMasks(TrainingRun run) => run.BestEpoch > 0 && !run.Best.Mask.SameAs(run.Current.Mask);

    // Masks that are known already are taken as they are, with what made them.
    private NetworkMask ReadMask(SafetensorsReader reader, string prefix)
    {
        var mask = NetworkStateSerializer.ReadMask(reader, prefix);
        if (!mask.Network.HasSameLayersAs(masks.First.Network))
        {
            throw new InvalidDataException($"its masks are of {mask.Network.Name} on {mask.Network.InputShape} images, not of {masks.First.Network.Name} on {masks.First.Network.InputShape}");
        }

        return mask.SameAs(masks.First) ? masks.First : mask.SameAs(masks.Target) ? masks.Target : mask;
    }

    private static void ReadGradientNorms(JsonElement json, TrainingRun run)
    {
        run.GradientNorms.Steps.AddRange(GradientNormJson.ReadNumbers(json, StepNormsKey) ?? []);
        double[] sums = GradientNormJson.ReadNumbers(json, LayerNormSumsKey) ?? run.GradientNorms.LayerSums;
        if (sums.Length != run.GradientNorms.LayerSums.Length || (run.GradientNorms.Steps.Count > 0 && run.GradientNorms.Steps.Count != run.Step))
        {
            throw new FormatException($"gradient norms of {run.GradientNorms.Steps.Count} steps and {sums.Length} layers do not fit step {run.Step} of {run.Current.Network.Name}");
        }

        sums.CopyTo(run.GradientNorms.LayerSums, 0);
    }

    private static double Number(JsonElement json, string name) => MetadataJson.Finite(MetadataJson.Property(json, name));

    private static int Whole(JsonElement json, string name) => MetadataJson.Property(json, name).GetInt32();

    private static TimeSpan Time(JsonElement json, string name)
    {
        long ticks = MetadataJson.Property(json, name).GetInt64();
        return ticks >= 0 && ticks <= LongestTime.Ticks
            ? TimeSpan.FromTicks(ticks)
            : throw new FormatException($"{name} is {ticks}, where a time of 0 to {LongestTime.TotalDays:F0} days in steps of 100 ns is expected");
    }
}
