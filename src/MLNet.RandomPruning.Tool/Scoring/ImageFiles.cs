using System.Collections;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLNet.RandomPruning.Tool.Scoring;

/// <summary>Image files as rows of data, read one after the other as they are asked for.</summary>
/// <param name="files">The files.</param>
/// <param name="skipped">Told of each file that is no readable image, which is then left out; null to fail at the first.</param>
internal sealed class ImageFiles(IReadOnlyList<string> files, Action<string>? skipped) : IEnumerable<ImageFiles.Row>
{
    /// <inheritdoc/>
    public IEnumerator<Row> GetEnumerator()
    {
        foreach (string file in files)
        {
            MLImage image;
            try
            {
                image = Read(file);
            }
            catch (InvalidDataException error) when (skipped is not null)
            {
                skipped($"{error.Message.TrimEnd('.')}; it is left out.");
                continue;
            }

            // Whoever reads a row has taken its pixels before it asks for the next one.
            using (image)
            {
                yield return new Row { File = file, Image = image };
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static MLImage Read(string file)
    {
        if (!File.Exists(file))
        {
            throw new InvalidDataException(Directory.Exists(file) ? $"The image '{file}' is a folder; name files." : $"There is no image file '{file}'.");
        }

        string reason = "it is no PNG, BMP or JPEG file, or it is damaged";
        try
        {
            if (MLImage.CreateFromFile(file) is { } image)
            {
                return image;
            }
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            reason = error is UnauthorizedAccessException ? "it cannot be read" : ErrorText.Of(error).TrimEnd('.');
        }

        throw new InvalidDataException($"The image '{file}' cannot be scored: {reason}.");
    }

    /// <summary>One image.</summary>
    internal sealed class Row
    {
        /// <summary>The file as it was given.</summary>
        public string File { get; set; } = "";

        /// <summary>The image, in its own size.</summary>
        [ImageType]
        public MLImage? Image { get; set; }
    }
}
