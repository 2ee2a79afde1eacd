using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Data;

namespace MLNet.RandomPruning.Tool;

/// <summary>The images that <c>--data</c> names: CIFAR from files, or generated ones.</summary>
internal sealed class Images(MLContext mlContext, string path)
{
    /// <summary>The word that stands for generated images.</summary>
    public const string Generated = "generated";

    /// <summary>The number of generated images to train on where <c>--subset</c> does not say otherwise.</summary>
    public const int GeneratedTrainingImages = 10_000;

    private const int GeneratedTestImages = 2_000;
    private const int NormalizationImages = 1_000;

    // Beyond every index of a training image, so that no image is in both.
    private const int FirstGeneratedTestImage = 1_000_000;

    private bool IsGenerated => string.Equals(path, Generated, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether there are test images apart from the training images; a single file is both.</summary>
    public bool HasTestImages => IsGenerated || !File.Exists(path);

    /// <summary>The training images, or the first of them.</summary>
    /// <param name="subset">How many; null for all.</param>
    /// <exception cref="UsageException">There are not so many.</exception>
    public IDataView Train(int? subset)
    {
        if (IsGenerated)
        {
            int count = subset ?? GeneratedTrainingImages;
            ThrowIfTooFew(count, FirstGeneratedTestImage);
            return mlContext.Data.LoadFromGeneratedImages(count);
        }

        var images = mlContext.Data.LoadFromCifarBinary(path, CifarSplit.Train);
        if (subset is not { } first)
        {
            return images;
        }

        ThrowIfTooFew(first, Count(images));
        return mlContext.Data.TakeRows(images, first);
    }

    /// <summary>The training images, or the first of them, without a data view around them.</summary>
    /// <param name="subset">How many; null for all.</param>
    /// <exception cref="UsageException">There are not so many.</exception>
    public ImageSet TrainingSet(int? subset)
    {
        if (IsGenerated)
        {
            int count = subset ?? GeneratedTrainingImages;
            ThrowIfTooFew(count, FirstGeneratedTestImage);
            return GeneratedImages.Create(count);
        }

        var images = CifarFiles.Load(path, CifarSplit.Train);
        ThrowIfTooFew(subset ?? 1, images.Count);
        return images.Slice(0, subset ?? images.Count);
    }

    /// <summary>The test images.</summary>
    public IDataView Test() => IsGenerated
        ? mlContext.Data.LoadFromGeneratedImages(GeneratedTestImages, firstIndex: FirstGeneratedTestImage)
        : mlContext.Data.LoadFromCifarBinary(path, CifarSplit.Test);

    /// <summary>The images of one part, without a data view around them.</summary>
    /// <param name="split">Which of them; a single file is read whatever it holds.</param>
    public ImageSet Set(CifarSplit split) => split == CifarSplit.Train
        ? TrainingSet(subset: null)
        : IsGenerated ? GeneratedImages.Create(GeneratedTestImages, firstIndex: FirstGeneratedTestImage) : CifarFiles.Load(path, CifarSplit.Test);

    /// <summary>How pixels become input: the usual figures for CIFAR, an estimate from the first images for generated ones.</summary>
    public PixelNormalization Normalization(IDataView images) => Normalization(IsCifar100(images));

    /// <inheritdoc cref="Normalization(IDataView)"/>
    public PixelNormalization Normalization(ImageSet images) => Normalization(images.ClassCount == 100);

    /// <summary>How the paper varies such images in training.</summary>
    public Augmentation Augmentation(IDataView images) =>
        !IsGenerated && IsCifar100(images) ? Data.Augmentation.Cifar100 : Data.Augmentation.Cifar10;

    /// <summary>The number of images that <see cref="Train"/> loaded.</summary>
    public int TrainCount(IDataView images, int? subset) => subset ?? (int)Count(images);

    private PixelNormalization Normalization(bool isCifar100) =>
        IsGenerated ? PixelNormalization.Estimate(GeneratedImages.Create(NormalizationImages))
        : isCifar100 ? PixelNormalization.Cifar100 : PixelNormalization.Cifar10;

    private static bool IsCifar100(IDataView images) => images.Schema["Label"].Type is KeyDataViewType { Count: 100 };

    private static long Count(IDataView images) =>
        images.GetRowCount() ?? throw new InvalidOperationException("Images in memory know how many they are.");

    private void ThrowIfTooFew(int wanted, long most)
    {
        if (wanted > most)
        {
            throw new UsageException($"--subset is {wanted}, but must be from 1 to {most}, the number of training images in '{path}'.");
        }
    }
}
