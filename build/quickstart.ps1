$ScriptName = 'quickstart'
. (Join-Path $PSScriptRoot 'common.ps1')
if (Test-Unix) {
    & bash (Join-Path $PSScriptRoot 'quickstart.sh') @args
    exit $LASTEXITCODE
}

$usage = @'
Usage: build\quickstart.ps1

Sets up (see build/setup.ps1), builds examples/QuickStart and runs it: it trains a small random-pruned network.
The images are CIFAR-10 from the folder that CIFAR10_DIR names, or from ../shared/data/cifar-10-batches-bin;
where neither is there, generated ones.
'@
if ($args.Count -gt 0) {
    if ($args[0] -in '-h', '--help') { Write-Output $usage; exit 0 }
    [Console]::Error.WriteLine($usage)
    Stop-Script "unknown option '$($args[0])'." 2
}

& (Join-Path $PSScriptRoot 'setup.ps1') --no-report
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
Find-Dotnet
$cifar = Join-Path (Split-Path -Parent $Root) 'shared/data/cifar-10-batches-bin'
if (-not $env:CIFAR10_DIR -and (Test-Path -LiteralPath $cifar -PathType Container)) { $env:CIFAR10_DIR = $cifar }
Write-Output 'quickstart: building examples/QuickStart ...'
& dotnet build examples/QuickStart -c Release -v quiet -nologo -clp:NoSummary
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
& dotnet run --project examples/QuickStart -c Release --no-build
exit $LASTEXITCODE
