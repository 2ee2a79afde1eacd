using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Data;

namespace MLNet.RandomPruning.Tool;

/// <summary>The images of a training: to train on, to choose the best epoch by, and to test with.</summary>
/// <param name="Train">The images to train on.</param>
/// <param name="TrainCount">Their number.</param>
/// <param name="Validation">The images held out; null for none.</param>
/// <param name="ValidationCount">Their number.</param>
/// <param name="Test">The test images; null for none.</param>
/// <param name="Normalization">How pixels become input.</param>
/// <param name="Augmentation">How the paper varies such images.</param>
internal sealed record TrainingData(
    IDataView Train, int TrainCount, IDataView? Validation, int ValidationCount, IDataView? Test, PixelNormalization Normalization, Augmentation Augmentation)
{
    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> ClassNames
    {
        get
        {
            VBuffer<ReadOnlyMemory<char>> names = default;
            Train.Schema["Label"].GetKeyValues(ref names);
            return [.. names.DenseValues().Select(name => name.ToString())];
        }
    }

    /// <summary>Loads what the settings name; the test images as well, so that what is wrong with them shows before training.</summary>
    /// <exception cref="UsageException">The settings do not fit the images.</exception>
    public static TrainingData Load(MLContext mlContext, DataSettings settings)
    {
        var source = new Images(mlContext, settings.Path);
        var all = source.Train(settings.Subset);
        int count = source.TrainCount(all, settings.Subset);
        int held = (int)Math.Round(settings.Validation * count, MidpointRounding.AwayFromZero);
        if (settings.Validation > 0 && (held == 0 || held == count))
        {
            throw new UsageException(FormattableString.Invariant(
                $"--validation is {settings.Validation}, which of {count} images leaves {count - held} to train on and {held} for validation; both need at least one. Take 0 for no validation."));
        }

        return new TrainingData(
            held == 0 ? all : mlContext.Data.TakeRows(all, count - held), count - held,
            held == 0 ? null : mlContext.Data.SkipRows(all, count - held), held,
            settings.NoTest || !source.HasTestImages ? null : source.Test(),
            source.Normalization(all), source.Augmentation(all));
    }
}

/// <summary>Which images are trained on and tested with.</summary>
/// <param name="Path">Where they are.</param>
/// <param name="Validation">The share of the training images that is held out for validation.</param>
/// <param name="Subset">How many of the training images are used; null for all.</param>
/// <param name="NoTest">Whether the test images are left alone.</param>
internal sealed record DataSettings(string Path, double Validation, int? Subset, bool NoTest);
