using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using static Microsoft.ML.Transforms.Image.ImagePixelExtractingEstimator;
using static Microsoft.ML.Transforms.Image.ImageResizingEstimator;

namespace Microsoft.ML;

/// <summary>The image estimators, as methods of <see cref="MLContext.Transforms"/>.</summary>
public static class ImageEstimatorsCatalog
{
    /// <summary>Reads the files that a text column names as images. A null folder says that the names are paths by themselves.</summary>
    public static ImageLoadingEstimator LoadImages(
        this TransformsCatalog catalog, string outputColumnName, string imageFolder, string inputColumnName = null) =>
        new(CatalogUtils.GetEnvironment(catalog), imageFolder, false, outputColumnName, inputColumnName);

    /// <summary>Reads the files that a text column names as vectors of bytes, still encoded.</summary>
    public static ImageLoadingEstimator LoadRawImageBytes(
        this TransformsCatalog catalog, string outputColumnName, string imageFolder, string inputColumnName = null) =>
        new(CatalogUtils.GetEnvironment(catalog), imageFolder, true, outputColumnName, inputColumnName);

    /// <summary>Takes the colour out of images.</summary>
    public static ImageGrayscalingEstimator ConvertToGrayscale(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null) =>
        new(CatalogUtils.GetEnvironment(catalog), outputColumnName, inputColumnName);

    /// <summary>Brings images to one size.</summary>
    public static ImageResizingEstimator ResizeImages(
        this TransformsCatalog catalog, string outputColumnName, int imageWidth, int imageHeight, string inputColumnName = null,
        ResizingKind resizing = ResizingKind.IsoCrop, Anchor cropAnchor = Anchor.Center) =>
        new(CatalogUtils.GetEnvironment(catalog), outputColumnName, imageWidth, imageHeight, inputColumnName, resizing, cropAnchor);

    /// <summary>Makes vectors of images: (value − offset) · scale as floats, or bytes as they are, whatever offset and scale.</summary>
    public static ImagePixelExtractingEstimator ExtractPixels(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null,
        ColorBits colorsToExtract = ColorBits.Rgb, ColorsOrder orderOfExtraction = ColorsOrder.ARGB, bool interleavePixelColors = false,
        float offsetImage = 0, float scaleImage = 1, bool outputAsFloatArray = true) =>
        new(
            CatalogUtils.GetEnvironment(catalog), outputColumnName, inputColumnName,
            ChannelLayout.Checked(colorsToExtract, nameof(colorsToExtract), orderOfExtraction, nameof(orderOfExtraction), interleavePixelColors),
            offsetImage, scaleImage, outputAsFloatArray);

    /// <summary>Makes images of vectors: value · scale − offset. The defaults of colours that are not in the vectors say nothing, as with the packages.</summary>
    public static VectorToImageConvertingEstimator ConvertToImage(
        this TransformsCatalog catalog, int imageHeight, int imageWidth, string outputColumnName, string inputColumnName = null,
        ColorBits colorsPresent = ColorBits.Rgb, ColorsOrder orderOfColors = ColorsOrder.ARGB, bool interleavedColors = false,
        float scaleImage = 1, float offsetImage = 0, int defaultAlpha = 255, int defaultRed = 0, int defaultGreen = 0, int defaultBlue = 0) =>
        new(
            CatalogUtils.GetEnvironment(catalog), outputColumnName, inputColumnName,
            VectorToImageOptions.Checked(
                imageHeight, imageWidth,
                ChannelLayout.Checked(colorsPresent, nameof(colorsPresent), orderOfColors, nameof(orderOfColors), interleavedColors),
                scaleImage, offsetImage));
}
