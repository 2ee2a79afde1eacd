namespace MLNet.RandomPruning.CudaCheck;

/// <summary>A table in plain text, which reads the same in a terminal and in a log.</summary>
internal sealed class TextTable(string title, string[] header)
{
    private readonly List<string[]> _rows = [];

    public void Add(string[] cells) => _rows.Add(cells);

    public void Print()
    {
        int[] widths = [.. header.Select((name, column) => Math.Max(name.Length, _rows.Max(row => row[column].Length)))];
        Console.WriteLine(title);
        if (header.Any(name => name.Length > 0))
        {
            PrintRow(header);
            PrintRow([.. widths.Select(width => new string('-', width))]);
        }

        _rows.ForEach(PrintRow);
        Console.WriteLine();

        void PrintRow(string[] cells) => Console.WriteLine($"  {string.Join("  ", cells.Select((cell, column) => cell.PadRight(widths[column])))}".TrimEnd());
    }
}
